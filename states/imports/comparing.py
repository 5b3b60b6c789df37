"""From staged rows to a difference: what a publication would insert, change and find gone.

Set-based SQL as the loader, in the owner's scope. A voter is changed when the fingerprint
of all its values (every field group, the votes, the confidential mark) is another.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from psycopg import sql

from coop.actors import worker_for
from coop.ledger.actions import Use, record
from coop.ledger.events import Event
from states.imports import first, known, staging
from states.imports.gathering import REPEATED, gather
from states.imports.guards import judge
from states.imports.lease import LOADER, Claim, importing, save
from states.imports.models import Import, Status
from states.imports.parting import part_reused
from states.imports.profiles import (
    as_json,
    delivered_profile,
    profile_before,
    published_counties,
    thresholds_of,
)
from states.imports.reviewing import changes_by_field, identities, kinds_of
from states.imports.rules import reasons_to_review
from states.imports.staging import FILLED, execute, identifier
from states.imports.timings import timed
from states.layouts.declaration import Role
from states.layouts.records import RejectCode
from states.voters.models import Publication

VALUES: Final = (*FILLED, "elections", "methods", "parties", "last_voted_date")


def compare(claim: Claim) -> Status:
    """Work out the difference, step by step; return `publishing`, or `ready` if someone must look.

    Raises `StagingLost` where staged rows are missing, `ImportRefused` for voters outside
    the delivery's scope.
    """
    with importing(claim) as run:
        if run.status == Status.READING:
            save(
                run,
                status=Status.COMPARING,
                phase="gathering",
                phase_started_at=timezone.now(),
                rows_total=run.rows_done,
            )
    with timed(claim, "gathering"):
        gather(claim)
    with timed(claim, "comparing"):
        return _compare(claim)


def _compare(claim: Claim) -> Status:
    with importing(claim) as run:
        is_whole = _make_difference(run)
        if is_whole:
            first.make_gone(run)
        else:
            _make_gone(run)
        figures = _figures(run, is_whole=is_whole)
        found = {
            "difference": figures.pop("differing"),
            "gone": staging.count("gone", run.id),
        }
        fields = {} if is_whole else changes_by_field(run)
        review = _judge(run, figures, fields)
        if is_whole:
            first.settle(run)
        save(
            run,
            cursor=run.cursor | found,
            figures=figures,
            review=review,
            compared_at=timezone.now(),
        )
        return _decide(run, claim)


def _make_difference(run: Import) -> bool:
    """Make the table of voters that are new, changed or returned; tell if it is all that is staged."""
    for kind in ("difference", "gone"):
        execute(sql.SQL("DROP TABLE IF EXISTS {}").format(identifier(kind, run.id)))
    if first.is_difference(run) and _are_in_rows(run):
        first.show(run)
        return True
    execute(sql.SQL("SET LOCAL work_mem = '128MB'"))
    if known.is_kept(run):
        known.stage(run)
    execute(
        sql.SQL(
            "CREATE UNLOGGED TABLE {difference} AS"
            " SELECT coalesce(n.known, n.new_id) AS voter, n.known IS NULL AS is_new,"
            "  n.was, n.known IS NOT NULL AND (n.was IS DISTINCT FROM n.shielded"
            "   OR (n.shielded IS NULL AND p.place IS DISTINCT FROM n.old_place)) AS moves,"
            "  n.shielded, n.fingerprint, {n_values}"
            " FROM ({met}) AS n"
            " LEFT JOIN jurisdictions_place AS p ON p.state = {state} AND p.place > 0"
            "  AND p.county IS NOT DISTINCT FROM n.county"
            "  AND p.us_house_district = coalesce(n.us_house_district, '')"
            "  AND p.state_senate_district = coalesce(n.state_senate_district, '')"
            "  AND p.state_house_district = coalesce(n.state_house_district, '')"
            " WHERE n.known IS NULL OR n.known_fingerprint <> n.fingerprint OR n.was = 'gone'"
        ).format(
            difference=identifier("difference", run.id),
            n_values=_listed("n"),
            met=_met(run),
            state=sql.Literal(run.state),
        )
    )
    _let_publisher_read("difference", run)
    return False


def _met(run: Import) -> sql.Composable:
    """Return the query that meets staged voters with their votes and what is published.

    A delivery without any history keeps the published one. The fingerprint is the
    digest of the line, with that of votes that did not stand in it.
    """
    others = [name for name in FILLED if name != "status"]
    in_rows = _are_in_rows(run)
    return sql.SQL(
        "SELECT {others}, s.voter AS new_id, coalesce(s.status, 'other') AS status,"
        " CASE WHEN s.confidential THEN 'confidential' END AS shielded,"
        " r.voter AS known, r.fingerprint AS known_fingerprint, r.shielded AS was,"
        " r.place AS old_place, {values}"
        " FROM {voters} AS s"
        " LEFT JOIN {published} AS r"
        "  ON r.state = {state} AND r.state_voter_id = s.state_voter_id {votes}"
    ).format(
        others=sql.SQL(", ").join(sql.Identifier("s", name) for name in others),
        voters=identifier("voters", run.id),
        published=known.published(run, "voters_registration"),
        state=sql.Literal(run.state),
        values=sql.SQL(_IN_ROW if in_rows else _BESIDE_ROW),
        votes=sql.SQL("") if in_rows else _votes(run),
    )


_IN_ROW: Final = "s.fingerprint, s.elections, s.methods, s.parties, s.last_voted_date"
_BESIDE_ROW: Final = (
    "CASE WHEN s.elections IS NULL THEN decode(md5(encode(s.fingerprint, 'hex')"
    " || ROW(coalesce(v.elections, '{}'),"
    " coalesce(v.methods, '{}'), coalesce(v.parties, '{}'))::text), 'hex')"
    " ELSE s.fingerprint END AS fingerprint,"
    " coalesce(s.elections, v.elections, '{}') AS elections,"
    " coalesce(s.methods, v.methods, '{}') AS methods,"
    " coalesce(s.parties, v.parties, '{}') AS parties,"
    " coalesce(s.last_voted_date, v.last_voted_date) AS last_voted_date"
)


def _are_in_rows(run: Import) -> bool:
    """Tell whether all votes stand in the voters' rows themselves."""
    query = sql.SQL("SELECT NOT EXISTS (SELECT FROM {} WHERE elections IS NULL)")
    return bool(execute(query.format(identifier("voters", run.id)))[0][0])


def _votes(run: Import) -> sql.Composable:
    """Return the join that gives the votes of rows that have none themselves."""
    if any(one["role"] == Role.HISTORY for one in run.cursor["sources"]):
        return sql.SQL(
            "LEFT JOIN {} AS v ON v.state_voter_id = s.state_voter_id"
        ).format(identifier("votes", run.id))
    return sql.SQL(
        "LEFT JOIN {} AS v ON v.state = {} AND v.voter = r.voter"
        " AND s.elections IS NULL"
    ).format(known.published(run, "voters_votehistory"), sql.Literal(run.state))


def _make_gone(run: Import) -> None:
    """Make the table of published voters inside the scope that the delivery does not hold."""
    execute(
        sql.SQL(
            "CREATE UNLOGGED TABLE {gone} AS"
            " SELECT r.voter, r.shielded AS was FROM {published} AS r"
            " WHERE {in_scope} AND NOT EXISTS (SELECT FROM {voters} AS s"
            "  WHERE s.state_voter_id = r.state_voter_id)"
        ).format(
            gone=identifier("gone", run.id),
            in_scope=_in_scope(run),
            voters=identifier("voters", run.id),
            published=known.leaving(run)
            if known.is_kept(run)
            else sql.Identifier("voters_registration"),
        )
    )
    _let_publisher_read("gone", run)


def _in_scope(run: Import) -> sql.Composable:
    whole = sql.SQL("r.state = {} AND r.shielded IS DISTINCT FROM 'gone'").format(
        sql.Literal(run.state)
    )
    if run.delivery.counties is None:
        return whole
    named = sql.SQL(" AND r.county = ANY ({})").format(
        sql.Literal(run.delivery.counties)
    )
    return whole + named


def _let_publisher_read(kind: str, run: Import) -> None:
    name = identifier(kind, run.id)
    execute(sql.SQL("GRANT SELECT ON {} TO coop_publisher").format(name))
    staging.analyze(kind, run.id, "voter")


def _judge(
    run: Import, figures: dict[str, int], fields: dict[str, int]
) -> dict[str, Any]:
    """Measure the difference; complete the figures, and return what a reviewer is shown.

    `fields` are the changed voters by field.
    """
    counties, confidential = published_counties(_in_scope(run))
    figures |= {
        "in_scope": sum(counties.values()),
        "confidential_before": confidential,
        "repeated": _repeated(run),
    }
    if known.is_kept(run):
        leaving = known.leaving_confidential(run)
        figures["confidential"] += confidential - leaving
    profile = delivered_profile(run)
    before = profile_before(run, counties)
    run.cursor["profile"] = as_json(profile)
    judged = judge(figures, profile, before, thresholds_of(run.state))
    return {
        "guards": [one.as_json() for one in judged],
        "kinds": kinds_of(figures, fields, identities(run, figures)),
        "fields": fields,
    }


def _repeated(run: Import) -> int:
    """Count the lines set aside because their identifier came before."""
    query = sql.SQL(
        "SELECT count(*) FROM imports_reject"
        " WHERE state = {} AND import_id = {} AND code = ANY ({})"
    ).format(run.state, sql.Literal(run.id), [REPEATED, RejectCode.DUPLICATE.value])
    return int(execute(query)[0][0])


def _figures(run: Import, *, is_whole: bool) -> dict[str, int]:
    """Count the difference, which may be all that is staged; `differing` is the number of its rows."""
    query = sql.SQL("SELECT count(*) FROM {} WHERE confidential")
    voters = identifier("voters", run.id)
    confidential = int(execute(query.format(voters))[0][0])
    counted = first.figures(run.cursor["voters"], confidential)
    if not is_whole:
        counted = _differing(run)
    return counted | {"confidential": confidential} | _lines(run)


def _differing(run: Import) -> dict[str, int]:
    """Count what differs, once those who got another's identifier are parted from them."""
    reused = part_reused(run)
    counted = execute(
        sql.SQL(
            "SELECT count(*), count(*) FILTER (WHERE is_new),"
            " count(*) FILTER (WHERE was = 'gone'),"
            " count(*) FILTER (WHERE moves AND was IS NULL AND shielded IS NULL),"
            " count(*) FILTER (WHERE shielded = 'confidential'"
            "  AND was IS DISTINCT FROM 'confidential') FROM {}"
        ).format(identifier("difference", run.id))
    )[0]
    names = ("differing", "inserted", "returned", "moved", "newly_confidential")
    figures = dict(zip(names, counted, strict=True))
    figures["changed"] = (
        figures["differing"] - figures["inserted"] - figures["returned"]
    )
    delivered = run.cursor["voters"] + run.cursor["same"]
    figures["unchanged"] = delivered - figures["differing"]
    gone = "SELECT count(*) FROM {} WHERE was IS DISTINCT FROM 'gone'"
    figures["gone"] = execute(sql.SQL(gone).format(identifier("gone", run.id)))[0][0]
    return figures | {"id_reused": reused}


def _lines(run: Import) -> dict[str, int]:
    cursor = run.cursor
    rows = cursor["voters"] + cursor["same"] + cursor["history"]
    return {
        "rejected": cursor["rejects"],
        "not_votes": cursor["not_votes"],
        "undated": cursor["undated"],
        "unclear": cursor["unclear"],
        "votes_rows": cursor["history"],
        "rows": rows + cursor["rejects"] + cursor["not_votes"],
    }


def _decide(run: Import, claim: Claim) -> Status:
    """Publish at once, or wait for someone to look, with the reasons."""
    newest = Publication.objects.using(LOADER).filter(state=run.state)
    published = newest.order_by("-number").first()
    reasons = reasons_to_review(
        run.review["guards"],
        run.delivery.file_date,
        published.file_date if published else None,
    )
    if run.delivery.review:
        reasons.append({"code": "asked_for", "detail": "The delivery asks for review."})
    record(
        Event.IMPORT_STAGED,
        by=worker_for(claim.organization),
        use=Use(state=run.state),
        subject=run.id,
        detail={"figures": run.figures, "reasons": [one["code"] for one in reasons]},
    )
    status = Status.READY if reasons else Status.PUBLISHING
    save(
        run,
        needs_review=reasons,
        status=status,
        phase=str(status),
        phase_started_at=timezone.now(),
        heartbeat_at=None if reasons else timezone.now(),
        worker="" if reasons else run.worker,
    )
    return status


def _listed(alias: str) -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in VALUES)
