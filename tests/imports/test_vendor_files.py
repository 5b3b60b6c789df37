"""Vendors' files: refused, unless the party's data manager states that its license lets it use them."""

from __future__ import annotations

from typing import Any

import pytest

from coop.actors import Action
from coop.db.scope import acting_as
from coop.ledger.models import Entry
from states.files.actions import VendorStatement
from states.imports.models import Import, Status
from states.layouts.known import LAYOUTS
from states.layouts.recognize import Mismatch, Problem, Recognized, recognize
from states.layouts.vendors import VENDORS, vendor_variants
from states.voters.models import ContactDetails, Registration
from tests.cast import Cast
from tests.grants.conftest import ClientOf
from tests.imports.people import deliver, import_delivery

STATEMENT = VendorStatement("L2", "contract 2026-17, section 4")
L2 = (
    b"LALVOTERID\tVoters_Active\tVoters_StateVoterID\tVoters_FirstName\tVoters_LastName"
    b"\tResidence_Addresses_AddressLine\tResidence_Addresses_City\tResidence_Addresses_Zip"
    b"\tResidence_Addresses_ZipPlus4\tVoters_Gender\tParties_Description\tVoters_FIPS"
    b"\tUS_Congressional_District\tVoters_OfficialRegDate\tVoterTelephones_CellPhoneFormatted"
    b"\tGeneral_2024\tEthnic_Description\n"
    b"LALOH1\tA\tOH000000000001\tANN\tEXAMPLE\t12 ELM ST\tCOLUMBUS\t43004\t1234\tF"
    b"\tDemocratic\t049\t03\t10/01/2020\t(614) 555-0101\tY\tmodeled\n"
    b"LALOH2\tI\tOH000000000002\tBOB\tEXAMPLE\t14 ELM ST\tCOLUMBUS\t43004\t\tM"
    b"\tRepublican\t035\t11\t2019-05-02\t\t\t\n"
    b"LALOH3\tA\t\tNOT\tREGISTERED\t16 ELM ST\tCOLUMBUS\t43004\t\tM\t\t035\t11\t\t\t\t\n"
)
HEADERS = {
    "L2": "LALVOTERID\tVoters_StateVoterID\tVoters_FIPS",
    "TargetSmart": "vb.voterbase_id\tvb.voterid\tvb.vf_county_name",
    "VAN": "Voter File VANID\tStateFileID\tLastName\tGeneral16",
    "NationBuilder": "nbec_guid,state_file_id,party,vh16g1",
}


def _import(cast: Cast, content: bytes, statement: VendorStatement | None) -> Import:
    delivery = deliver(cast.ohio, {"export.tab": content}, statement=statement)
    return import_delivery(cast.ohio, delivery)


def _fault(run: Import) -> dict[str, Any]:
    assert run.status == Status.FAILED
    assert run.problem
    found: dict[str, Any] = run.problem["files"][0]
    return found


def test_without_a_statement_it_is_refused_with_the_reason(ohio: Cast) -> None:
    told = _fault(_import(ohio, L2, None))
    assert told["code"] == "vendor_export"
    assert "file of L2" in told["detail"]
    assert "vendor statement" in told["detail"]


def test_a_statement_about_another_vendor_lets_nothing_in(ohio: Cast) -> None:
    other = VendorStatement("VAN", "contract 3")
    assert _fault(_import(ohio, L2, other))["code"] == "vendor_export"


def test_with_the_statement_it_is_read_into_the_standard_fields(ohio: Cast) -> None:
    run = _import(ohio, L2, STATEMENT)
    if run.status == Status.READY:
        assert [one["code"] for one in run.needs_review] == ["many_rejected"]
    assert (run.figures["inserted"], run.figures["rejected"]) == (2, 1)
    assert run.status in {Status.READY, Status.PUBLISHED}


def test_its_values_are_the_canonical_ones(ohio: Cast) -> None:
    lines = L2.splitlines(keepends=True)
    run = _import(ohio, b"".join(lines[:3]), STATEMENT)
    assert run.status == Status.PUBLISHED, (run.problem, run.needs_review)
    with acting_as(ohio.ohio, Action.READ):
        ann, bob = Registration.objects.filter(state="OH").order_by("state_voter_id")
        details = ContactDetails.objects.get(state="OH", voter=ann.voter)
    assert (ann.party, bob.party) == (None, None), "it may be a model's guess"
    assert (ann.county, bob.county) == (39049, 39035)
    assert (ann.status, bob.status) == ("active", "inactive")
    assert (ann.us_house_district, ann.res_address) == ("3", "12 ELM ST")
    assert (ann.res_zip5, ann.res_zip4) == ("43004", "1234")
    assert str(bob.registration_date) == "2019-05-02"
    assert details.phone == "+16145550101"


def test_names_that_are_not_known_go_through_column_mappings(
    ohio: Cast, client_of: ClientOf
) -> None:
    lines = L2.splitlines(keepends=True)
    drifted = b"".join(lines[:3]).replace(b"Voters_StateVoterID", b"SOS_ID")
    told = _fault(_import(ohio, drifted, STATEMENT))
    assert (told["code"], told["layout"]) == ("changed_header", "l2-oh")
    assert "Voters_StateVoterID" in told["missing"]
    answer = client_of(ohio.ohio).put(
        "/v1/states/OH/column-mappings/l2-oh",
        {"columns": {"SOS_ID": "Voters_StateVoterID"}},
        format="json",
    )
    assert answer.status_code == 200, answer.json()
    run = _import(ohio, drifted, STATEMENT)
    assert (run.status, run.figures["inserted"]) == (Status.PUBLISHED, 2)


def test_the_statement_is_kept_and_in_the_ledger(
    ohio: Cast, client_of: ClientOf
) -> None:
    client = client_of(ohio.ohio)
    asked = {
        "state": "OH",
        "file_date": "2026-11-01",
        "vendor_statement": {"vendor": "L2", "license_reference": "contract 2026-17"},
    }
    made = client.post("/v1/deliveries", asked, format="json")
    assert made.status_code == 201, made.json()
    shown = client.get(made["Location"]).json()
    assert (shown["vendor"], shown["vendor_license"]) == ("L2", "contract 2026-17")
    with acting_as(ohio.ohio, Action.MANAGE):
        entry = Entry.objects.get(event="files:delivery:vendor_stated")
    assert entry.subject == shown["id"]
    assert entry.detail == {"vendor": "L2", "license_reference": "contract 2026-17"}
    for wrong in (
        {"vendor": "Catalist", "license_reference": "x"},
        {"vendor": "L2"},
        {"vendor": "L2", "license_reference": ""},
    ):
        asked["vendor_statement"] = wrong
        assert client.post("/v1/deliveries", asked, format="json").status_code == 422


def test_another_party_states_nothing(ohio: Cast, client_of: ClientOf) -> None:
    asked = {
        "state": "OH",
        "file_date": "2026-11-01",
        "vendor_statement": {"vendor": "L2", "license_reference": "mine"},
    }
    for who in (ohio.carolina, ohio.campaign):
        answer = client_of(who).post("/v1/deliveries", asked, format="json")
        assert answer.status_code == 404
    with acting_as(ohio.carolina, Action.MANAGE):
        stated = Entry.objects.filter(event="files:delivery:vendor_stated")
        assert not stated.exists()


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("state", sorted(LAYOUTS))
def test_every_vendor_is_known_in_every_state(vendor: str, state: str) -> None:
    head = f"{HEADERS[vendor]}\n".encode()
    refused = recognize("x.csv", head, state=state)
    assert isinstance(refused, Mismatch)
    assert refused.problem is Problem.VENDOR
    met = recognize("x.csv", head, state=state, vendor=vendor)
    assert isinstance(met, Recognized)
    assert met.state == state
    assert met.variant.name == vendor_variants(state)[vendor].name
