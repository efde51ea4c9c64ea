"""Finds moto's instances by id; moto itself copies all reservations for each look-up."""

from collections.abc import Sequence

from moto.ec2.exceptions import InvalidInstanceIdError

from spotaction.sandbox.types import Moto


class InstanceIndex:
    """The instances of one EC2 backend; replaces the backend's own look-ups."""

    def __init__(self, ec2: Moto) -> None:
        self._reservations = ec2.reservations
        self._known: dict[str, Moto] = {}
        ec2.get_instance = self.get
        ec2.get_instance_by_id = self.find
        ec2.get_multi_instances_by_id = self.get_all

    def find(self, ident: str) -> Moto | None:
        """Return an instance, or None if there is none."""
        if ident not in self._known:
            self._learn()
        return self._known.get(ident)

    def get(self, ident: str) -> Moto:
        """Return an instance. Raises EC2's error if there is none."""
        found = self.find(ident)
        if found is None:
            raise InvalidInstanceIdError(ident)
        return found

    def get_all(self, idents: Sequence[str], filters: Moto = None) -> list[Moto]:
        """Return instances. Raises EC2's error if one is missing."""
        missing = [ident for ident in idents if self.find(ident) is None]
        if missing:
            raise InvalidInstanceIdError(missing)
        return [found for found in map(self.get, idents) if found.applies(filters)]

    def _learn(self) -> None:
        """Index the new reservations; moto only ever appends to them."""
        for reservation in reversed(self._reservations.values()):
            if all(instance.id in self._known for instance in reservation.instances) and reservation.instances:
                return
            self._known.update((instance.id, instance) for instance in reservation.instances)
