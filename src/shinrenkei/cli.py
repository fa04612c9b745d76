"""The command line: it parses, calls and prints.

Exit status: 0 done, 1 the work failed, 2 the call's words are wrong.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from shinrenkei import cli_clean, cli_runs, cli_synth
from shinrenkei.errors import BuildError, InputError, ShinrenkeiError

UsageError: type[Exception] = typer.BadParameter.__bases__[0]  # Typer has no public name for it

app = typer.Typer(
    name="shinrenkei",
    help="Clean, measure and reproduce the published record of the new-partnership scheme (新連携).",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; what the caller can mend is said in one sentence, without a traceback."""
    try:
        sys.exit(app(prog_name="shinrenkei", standalone_mode=False))
    except UsageError as error:
        _stop_at_usage(error)
    except InputError as error:
        _stop(error, 2)
    except ShinrenkeiError as error:
        _stop(error, 1)
    except ValueError as error:
        if type(error).__module__.startswith("shinrenkei."):
            _stop(error, 1)
        raise
    except KeyboardInterrupt:
        _stop("Stopped.", 130)


def _stop_at_usage(error: Any) -> None:
    """Say in one sentence what is wrong with the call's words; where there are none, show the help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True)
    else:
        message = " ".join(error.format_message().replace("Value error, ", "").split()).rstrip(".")
        command = error.ctx.command_path if error.ctx else "shinrenkei"
        typer.echo(f"{command}: {message}{'' if message.endswith('?') else '.'}", err=True)
    sys.exit(2)


def _stop(message: object, status: int) -> None:
    typer.echo(f"shinrenkei: {message}", err=True)
    sys.exit(status)


@app.command()
def build(
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where they differ.")] = False,
) -> None:
    """Build data/processed from data/raw."""
    from shinrenkei import paths, recipes

    data = paths.require_checkout() / "data"
    files = recipes.build(data)
    if check:
        differences = recipes.check(files, data / "processed")
        if differences:
            message = "\n".join(differences)
            raise BuildError(message)
        typer.echo(f"data/processed is what the build gives ({len(files) - 1} tables).")
        return
    written = recipes.write(files, data / "processed")
    typer.echo(f"{len(files) - 1} tables built; {len(written)} files changed in data/processed.")


@app.command()
def claims(
    source: Annotated[str | None, typer.Option(help="One source's claims alone, such as meti-2005.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the statements: ja or en.")] = "ja",
) -> None:
    """Print the ledger; exit with 1 if a claim stands otherwise than recorded."""
    from shinrenkei.claims import check, contradicted
    from shinrenkei.claims.show import print_ledger

    ledger = check(source)
    print_ledger(ledger, lang)
    otherwise = contradicted(ledger)
    if len(otherwise):
        names = ", ".join(otherwise["claim_id"])
        msg = f"{len(otherwise)} of {len(ledger)} claims stand otherwise than recorded: {names}."
        raise ShinrenkeiError(msg)


@app.command()
def reproduce(
    jobs: Annotated[int, typer.Option(min=1, help="Runs at the same time.")] = 2,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports"),
) -> None:
    """Build the data, run every notebook, check the claims and write the report."""
    with cli_runs.Display(jobs) as display:
        display.say("Starting")
        from shinrenkei import runs
        from shinrenkei.reproduce import reproduce as run

        index = run(out, display, jobs=jobs, options=runs.Options(preload=cli_runs.PRELOAD))
    typer.echo(str(index))


cli_clean.register(app)
cli_runs.register(app)
cli_synth.register(app)
