"""Pinned lists over imports: they keep their voters when these move, leave and return, and show none that is protected."""

from __future__ import annotations

from states.lists.actions import Draft, save_list
from states.lists.models import Kind
from states.lists.reading import Paging, count_list, read_list
from tests.cast import Cast
from tests.imports.people import CUYAHOGA, import_voters, people, person, registration


def test_a_pinned_list_survives_movers_and_imports(ohio: Cast) -> None:
    voters = people(range(1, 41))
    import_voters(ohio.ohio, voters)
    pinned = save_list(draft=Draft("Everyone", Kind.PINNED), by=ohio.ohio)
    assert pinned.counts == {"OH": 40}
    mover, hidden, gone = (registration(ohio, number) for number in (1, 3, 5))

    changed = [
        person(1, county=CUYAHOGA),
        person(3, confidential=True),
        *(
            one
            for one in voters
            if one["state_voter_id"][-2:] not in {"01", "03", "05"}
        ),
        *people(range(41, 51)),
    ]
    import_voters(ohio.ohio, changed)

    def held() -> dict[object, int]:
        page = read_list(
            list_id=pinned.id, names=None, paging=Paging(None, 200), by=ohio.ohio
        )
        return {one.voter: one.values["county"] for one in page.voters}

    now = held()
    assert len(now) == 38
    assert now[mover.voter] == CUYAHOGA
    assert not {hidden.voter, gone.voter} & now.keys()
    (figure,) = count_list(list_id=pinned.id, by=ohio.ohio).states
    assert (figure.count, figure.left) == (38, 2)

    import_voters(ohio.ohio, [*changed, person(5)])
    assert len(held()) == 39
    assert gone.voter in held()
    import_voters(ohio.ohio, [*changed, person(5)])
    assert len(held()) == 39
