"""What a run writes on a screen, and keeps for files: no secret of it, in whatever a person reads."""

import io

from spotaction.cli.console import ConsoleCommands, Kept
from spotaction.cli.screen import PlainScreen

SECRET = "hidden-value"


def test_no_line_and_no_output_that_is_kept_has_a_secret() -> None:
    kept, stdout = Kept(), io.StringIO()
    commands = ConsoleCommands({}, io.StringIO(), kept, PlainScreen(stdout))
    commands.mask(SECRET)
    commands.log(f"log {SECRET}\nand {SECRET}")
    commands.open_group(f"step {SECRET}")
    commands.annotate("warning", f"wrong {SECRET}", title=SECRET)
    commands.set_output("summary-markdown", f"# {SECRET}")
    assert stdout.getvalue() == "log ***\nand ***\n--- step ***\nwarning: ***: wrong ***\n"
    assert kept.outputs == {"summary-markdown": "# ***"}


def test_what_is_read_again_is_kept_as_it_is() -> None:
    kept = Kept()
    commands = ConsoleCommands({}, io.StringIO(), kept, PlainScreen(io.StringIO()))
    commands.mask("web_prod")
    commands.set_output("elastigroup-name", "web_prod", exact=True)
    commands.save_state("deployment", '{"app":"web_prod"}')
    assert (kept.outputs, kept.state) == ({"elastigroup-name": "web_prod"}, {"deployment": '{"app":"web_prod"}'})
