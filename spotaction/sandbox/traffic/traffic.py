"""Real traffic for one sandbox: its clock drives the servers, and HAProxy follows its load balancers."""

import itertools
import os
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from spotaction.sandbox.server import Sandbox
from spotaction.sandbox.traffic.balancer import Balancer
from spotaction.sandbox.traffic.haproxy import Haproxy, find_haproxy, write_maps
from spotaction.sandbox.traffic.haproxy_config import map_file, stuck_file, write_config
from spotaction.sandbox.traffic.instances import InstanceServers
from spotaction.sandbox.traffic.routing import (
    Routing,
    listener_specs,
    read_routing,
    running_instances,
    target_group_specs,
)
from spotaction.sandbox.traffic.tally import Applied
from spotaction.sandbox.types import InstanceId

_TICK = 0.01  # seconds between two looks at the sandbox
_networks = itertools.count()
CACHE = Path("build/haproxy")


class Traffic:
    """Makes a sandbox on a real clock answer real requests; enter it as a context.

    Args:
        sandbox: its listeners' ports are opened on a loopback address per load balancer, which becomes its DNS name.
        propagation: the sandbox's seconds until a load balancer does what it was told.
        timeout: the seconds of this machine that a request may take.
        releases: how the instances of an image answer, by the image's id, as fields of `Release`.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        propagation: float = 2.0,
        timeout: float = 30.0,
        releases: Mapping[str, Mapping[str, float]] = {},
        cache: Path = CACHE,
    ) -> None:
        self._world = sandbox.world
        self._command = find_haproxy(cache)
        self._propagation = propagation
        self._timeout = timeout
        self._releases = releases
        self._network = _loopback_network()
        self._addresses: dict[InstanceId, str] = {}
        self._listening: dict[InstanceId, tuple[int, ...]] = {}
        self._seen: Routing | None = None
        self._pending: deque[tuple[float, Routing]] = deque()
        self._stack = ExitStack()
        self._ended = threading.Event()
        self._images: dict[InstanceId, str] = {}
        self.applied: list[Applied] = []
        self.problems: list[str] = []

    def __enter__(self) -> Self:
        with self._stack:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            self.servers = self._stack.enter_context(InstanceServers())
            for version, release in self._releases.items():
                self.servers.set_release(version, release)
            self._write_files(folder)
            haproxy = self._stack.enter_context(Haproxy(self._command, folder))
            self._balancer = Balancer(haproxy, folder, self._addresses.get)
            self._follow(at_once=True)
            thread = threading.Thread(target=self._keep_following, daemon=True)
            thread.start()
            self._stack.callback(thread.join)
            self._stack.callback(self._ended.set)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def address(self, balancer: str) -> str:
        """Return the loopback address of a load balancer, by its name."""
        found = (each for each in self._world.balancers.elb.load_balancers.values() if each.name == balancer)
        return str(next(found).dns_name)

    def _write_files(self, folder: Path) -> None:
        with self._world.lock:
            self._world.settle()
            addresses = {}
            for arn, balancer in self._world.balancers.elb.load_balancers.items():
                addresses[arn] = balancer.dns_name = next(self._network)
            listeners, groups = listener_specs(self._world, addresses), target_group_specs(self._world)
            rules = list(read_routing(self._world).forwards)
        write_maps(folder, {file(folder, rule): () for rule in rules for file in (map_file, stuck_file)})
        config = write_config(folder, listeners, groups, timeout=self._timeout)
        (folder / "haproxy.cfg").write_text(config, encoding="utf-8")

    def _keep_following(self) -> None:
        while not self._ended.wait(_TICK):
            try:
                self._follow()
            except (RuntimeError, OSError) as error:
                self.problems.append(str(error))

    def _follow(self, *, at_once: bool = False) -> None:
        """Start instances; apply the routing of `propagation` seconds ago; then stop instances that are gone."""
        with self._world.lock:
            self._world.settle()
            now = self._world.timeline.now
            routing = read_routing(self._world)
            running = {each.instance: each for each in running_instances(self._world)}
        for each in running.values():
            if each.ports and each.instance not in self._listening:
                self._start(each.instance, each.image, each.ports)
        if routing != self._seen:
            self._seen = routing
            self._pending.append((now if at_once else now + self._propagation, routing))
        while self._pending and self._pending[0][0] <= now:
            self._apply(self._pending.popleft()[1])
        for instance in [instance for instance in self._listening if instance not in running]:
            self.servers.stop(instance)
            del self._listening[instance]

    def _apply(self, routing: Routing) -> None:
        began = time.monotonic()
        self._balancer.apply(routing)
        self.applied.append(Applied(began, time.monotonic(), routing, dict(self._images)))

    def _start(self, instance: InstanceId, image: str, ports: tuple[int, ...]) -> None:
        address = self._addresses.setdefault(instance, next(self._network))
        for port in ports:
            self.servers.start(instance, version=image, address=address, port=port)
        self._listening[instance] = ports
        self._images[instance] = image


def _loopback_network() -> Iterator[str]:
    """Yield loopback addresses that no other sandbox of this machine is likely to use."""
    number = next(_networks)
    first, second = 64 + os.getpid() % 160, (os.getpid() // 160 + number) % 256
    for last in range(1, 255):
        yield f"127.{first}.{second}.{last}"
