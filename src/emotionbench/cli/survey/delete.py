"""``emotionbench survey delete``: one person's deletion, where that person asks the researcher for it."""

from __future__ import annotations

import click
from sqlalchemy import func, select

from emotionbench.cli.options import store_option
from emotionbench.errors import StoreError
from emotionbench.store import Store, people, schema


@click.command("delete")
@click.argument("code")
@store_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(code: str, store_name: str, *, yes: bool) -> None:
    """Delete all of the person with this completion CODE, who asks for it; only a count stays.

    People who still have their own link can do it themselves, at the foot of each page.
    """
    # opened as one that must be there: a mistyped name must not look like a store without this person
    with Store(store_name, writable=False) as store:
        identifier, what = _of_code(store, code)
        if not yes and not click.confirm(f"Delete {what}? It cannot be undone."):
            click.echo("nothing was deleted")
            return
        if not people.withdraw(store, identifier):
            raise StoreError("somebody else has deleted this person meanwhile", where=store.name)
    click.echo("deleted; also delete this person from files that were exported, and let old backups go")


def _of_code(store: Store, code: str) -> tuple[str, str]:
    """The id of the person with a completion code, however it was typed, and what there is of them in words."""
    person, study, sent = schema.participant.c, schema.study.c, schema.submission.c
    wanted = "".join(code.split()).replace("-", "").upper()
    query = (
        select(person.id, study.name, person.started_at, person.outcome, func.count(sent.page))
        .join(schema.study, study.hash == person.study)
        .outerjoin(schema.submission, sent.participant == person.id)
        .where(person.code == wanted)
        .group_by(person.id, study.name, person.started_at, person.outcome)
    )
    with store.reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise StoreError(
            "nobody has this code",
            where=store.name,
            fix="look at it again; who withdrew is gone, and codes are deleted when retention ends",
        )
    identifier, name, started_at, outcome, n_pages = row
    return (
        identifier,
        f"the person who began {name} on {started_at[:10]} ({outcome or 'not ended'}, {n_pages} pages sent)",
    )
