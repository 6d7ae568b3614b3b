"""Machine access: tokens, what each may do, sending plain and in pieces, and the command that sends."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from collectory import sending as client_side
from collectory.cli import main
from collectory.engine.writing.csv_set import write_csv_set
from collectory.portal.api import tokens
from collectory.portal.api.models import ApiToken
from collectory.portal.api.sending import api
from collectory.portal.people.models import AccessLog, Membership, Organisation, Role
from collectory.portal.receiving import merging
from collectory.portal.receiving.models import MergedData
from collectory.portal.transfer.models import Delivery, TransferredFile
from collectory.portal.transfer.services import checking, judging
from collectory.portal.transfer.services.recording import handler_for
from tests.engine.test_receiving import census
from tests.portal.deliveries import NAME, archive, delivery
from tests.portal.test_receiving import client_of, member, owed, received, school, team  # noqa: F401

pytestmark = pytest.mark.django_db
ALL = ["read", "send", "download", "merge"]


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    cache.clear()


def token_for(native_id: str, scopes: list[str] | None = None, days: int = 30) -> str:
    organisation = Organisation.objects.get(native_id=native_id)
    approver = Membership.objects.filter(organisation=organisation, role=Role.APPROVER).first()
    by = approver or member(native_id, Role.APPROVER, f"approver-{native_id}")
    outcome = tokens.make(by, organisation, "A job", ALL if scopes is None else scopes, days)
    assert isinstance(outcome, tuple), outcome
    return outcome[1]


def call(token: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
    told = {f"HTTP_{name.upper()}": value for name, value in headers.items() if name != "content_type"}
    kind = headers.get("content_type", "application/octet-stream")
    return Client(HTTP_AUTHORIZATION=f"Bearer {token}").generic(
        method, f"/api/v1{path}", b"" if body is None else body, kind, **told
    )


def test_a_token_is_kept_as_a_hash_and_shown_once(owed: Delivery) -> None:  # noqa: F811
    approver = member("8554001", Role.APPROVER, "approver")
    client = client_of(approver)
    page = client.post("/people/8554001/tokens/", {"name": "Night", "scopes": ["read", "send", "merge"], "days": "30"})
    row = ApiToken.objects.get()
    whole = page.content.decode().split('id="made">')[1].split("<")[0]
    assert tokens.FORM.fullmatch(whole) and row.secret_sha256 not in whole
    assert whole.rpartition("_")[2] not in json.dumps(row.__dict__, default=str)
    assert row.scopes == ["read", "send"], "a school merges nothing"
    assert whole not in client.get("/people/8554001/tokens/").content.decode()
    answer = call(whole, "GET", "/token").json()
    assert answer["organisation"] == "8554001" and answer["name"] == "Night"
    row.refresh_from_db()
    assert row.last_used_at is not None
    client.post(f"/people/tokens/{row.pk}/revoke/")
    assert call(whole, "GET", "/token").status_code == 401
    actions = set(AccessLog.objects.values_list("action", flat=True))
    assert {"made an API token", "revoked an API token", "called the API", "API token refused"} <= actions


def test_only_the_organisations_approver_has_to_do_with_its_tokens(owed: Delivery, school: Membership) -> None:  # noqa: F811
    token_for("8554001")
    row = ApiToken.objects.get()
    stranger = client_of(member("8554002", Role.APPROVER, "stranger"))
    for client in (stranger, client_of(school)):
        assert client.get("/people/8554001/tokens/").status_code == 404
        assert client.post(f"/people/tokens/{row.pk}/revoke/").status_code == 404
    row.refresh_from_db()
    assert row.revoked_at is None


def test_tokens_that_do_not_work(owed: Delivery) -> None:  # noqa: F811
    whole = token_for("8554001")
    wrong = ["", "x", whole[:-1] + ("A" if whole[-1] != "A" else "B"), "clt_" + "0" * 12 + "_" + "a" * 43]
    for text in wrong:
        assert call(text, "GET", "/token").status_code == 401
    assert Client().get("/api/v1/token").status_code == 401
    assert client_of(member("8554001", Role.SOURCE, "person")).get("/api/v1/token").status_code == 401
    ApiToken.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert call(whole, "GET", "/token").status_code == 401
    ApiToken.objects.update(expires_at=timezone.now() + dt.timedelta(days=1))
    Organisation.objects.filter(native_id="8554001").update(status=Organisation.Status.CLOSED)
    assert call(whole, "GET", "/token").status_code == 401


def test_how_often(owed: Delivery, settings: Any) -> None:  # noqa: F811
    settings.API_CALLS_A_MINUTE = 3
    whole = token_for("8554001")
    statuses = [call(whole, "GET", "/token").status_code for _ in range(5)]
    assert statuses.count(429) >= 1 and statuses[:3] == [200, 200, 200]
    statuses = [call("wrong", "GET", "/token").status_code for _ in range(25)]
    assert statuses[0] == 401 and statuses[-1] == 429


def addresses(owed: Delivery) -> list[tuple[str, str, str]]:  # noqa: F811
    """Every operation of the API with an address that is filled in for a delivery, and the scope that it is for."""
    scopes = {"uploads": "send", "finish": "send", "content": "download", "merged": "merge"}
    found = []
    for path, item in api.get_openapi_schema(path_prefix="")["paths"].items():
        for method in item:
            address = path.replace("{delivery}", str(owed.pk)).replace("{file}", "1").replace("{number}", "1")
            address = address.replace("{upload}", "a8098c1a-f86e-11da-bd1a-00112444be1e")
            named = [scope for part, scope in scopes.items() if part in path]
            scope = "merge" if "merge" in named else named[-1] if named else "read"
            if path.endswith("/files") and method == "post":
                scope, address = "send", f"{address}?name={NAME}"
            found.append((method.upper(), address, scope))
    assert len(found) > 15
    return found


def test_tokens_of_one_organisation_tried_on_another(owed: Delivery, school: Membership, team: Membership) -> None:  # noqa: F811
    received(owed, school, write_csv_set(census(5)))
    theirs = MergedData.objects.create(
        organisation=team.organisation, file_type=owed.file_type, form="csv", delete_on=timezone.localdate()
    )
    other_council = Organisation.objects.create(native_id="999", name="Elsewhere", kind=Organisation.Kind.AUTHORITY)
    for native_id in ("8554002", other_council.native_id):
        whole = token_for(native_id)
        for method, address, _ in addresses(owed):
            address = address.replace("/merged/1", f"/merged/{theirs.pk}")
            body = json.dumps({"file_type_id": owed.file_type_id, "form": "csv"}) if address == "/merged" else b"x"
            kind = "application/json" if address == "/merged" else "application/octet-stream"
            status = call(whole, method, address, body, content_type=kind).status_code
            own = address in {"/token", "/file-types", "/deliveries"} or (method == "GET" and address == "/merged")
            assert status in ({200, 403, 404} if own else {403, 404}), (native_id, method, address, status)
        listed = call(whole, "GET", "/deliveries").json()
        assert listed["count"] == 0
    assert TransferredFile.objects.count() == 1


def test_each_scope_opens_what_it_is_for_and_nothing_else(owed: Delivery, school: Membership) -> None:  # noqa: F811
    received(owed, school, write_csv_set(census(5)))
    for scope in ALL:
        whole = token_for("855", [scope])
        for method, address, wanted in addresses(owed):
            body = json.dumps({"file_type_id": owed.file_type_id, "form": "csv"}) if address == "/merged" else b"x"
            kind = "application/json" if address == "/merged" else "application/octet-stream"
            status = call(whole, method, address, body, content_type=kind).status_code
            assert (status == 403) == (wanted != scope), (scope, method, address, status)


def test_a_school_sends_in_one_request_and_reads_the_report(owed: Delivery) -> None:  # noqa: F811
    whole = token_for("8554001")
    content = write_csv_set(census(40, 3, 0.1))
    listed = call(whole, "GET", "/deliveries?state=due&file_type=school census submission").json()
    assert [each["school"] for each in listed["deliveries"]] == ["8554001"]
    number = listed["deliveries"][0]["id"]
    wrong = call(whole, "POST", f"/deliveries/{number}/files?name=Current-Blade-Export.zip", content)
    assert wrong.status_code == 409 and NAME in wrong.json()["message"] + wrong.json()["action"]
    answer = call(whole, "POST", f"/deliveries/{number}/files?name=Current-Blade-Export.zip&rename=true", content)
    assert answer.status_code == 201, answer.content
    file = answer.json()["file"]
    assert file["name"] == NAME and file["sent_name"] == "Current-Blade-Export.zip"
    again = call(whole, "POST", f"/deliveries/{number}/files?name={NAME}", content)
    assert again.status_code == 200 and again.json()["is_new"] is False
    assert call(whole, "GET", f"/deliveries/{number}/files/1/report").status_code == 404
    row = TransferredFile.objects.get()
    assert row.via == "api"
    checking.check_file(row.pk)
    stands = call(whole, "GET", f"/deliveries/{number}/files/1").json()
    assert stands["stage"] == "finished" and stands["counts"]["errors"] > 0
    report = call(whole, "GET", f"/deliveries/{number}/files/1/report").json()
    assert len(report["findings"]) >= stands["counts"]["errors"]
    refused = call(whole, "POST", f"/deliveries/{number}/files?name={NAME}", b"no archive")
    assert refused.status_code == 422 and refused.json()["action"]


def test_in_pieces_by_the_protocol(owed: Delivery) -> None:  # noqa: F811
    whole, content = token_for("8554001"), archive()
    tus = {"tus_resumable": "1.0.0"}
    name = base64.b64encode(NAME.encode()).decode()
    begun = call(
        whole, "POST", f"/deliveries/{owed.pk}/uploads", upload_length=str(len(content)),
        upload_metadata=f"filename {name}", **tus,
    )  # fmt: skip
    assert begun.status_code == 201, begun.content
    place = begun["Location"].removeprefix("/api/v1")
    kind = {"content_type": "application/offset+octet-stream"}
    first = call(whole, "PATCH", place, content[:50], upload_offset="0", **tus, **kind)
    assert first.status_code == 204 and first["Upload-Offset"] == "50"
    assert call(whole, "HEAD", place, **tus)["Upload-Offset"] == "50"
    assert call(whole, "GET", f"/deliveries/{owed.pk}/uploads").json()[0]["offset"] == 50
    early = call(whole, "POST", f"{place}/finish")
    assert early.status_code == 409
    call(whole, "PATCH", place, content[50:], upload_offset="50", **tus, **kind)
    stranger = token_for("8554002")
    assert call(stranger, "POST", f"{place}/finish").status_code == 404
    assert call(whole, "POST", f"{place}/finish").status_code == 201
    assert call(whole, "HEAD", place, **tus).status_code == 410
    assert TransferredFile.objects.get().size == len(content)


def test_a_wrong_hash_ends_the_upload(owed: Delivery) -> None:  # noqa: F811
    whole, content = token_for("8554001"), archive()
    name = base64.b64encode(NAME.encode()).decode()
    begun = call(
        whole, "POST", f"/deliveries/{owed.pk}/uploads", upload_length=str(len(content)),
        upload_metadata=f"filename {name}", tus_resumable="1.0.0",
    )  # fmt: skip
    place = begun["Location"].removeprefix("/api/v1")
    call(
        whole, "PATCH", place, content, upload_offset="0", tus_resumable="1.0.0",
        content_type="application/offset+octet-stream",
    )  # fmt: skip
    answer = call(whole, "POST", f"{place}/finish?sha256={'0' * 64}")
    assert answer.status_code == 422 and answer.json()["code"] == "not-the-same"
    assert not TransferredFile.objects.exists()


def test_a_team_downloads_files_and_merged_data(owed: Delivery, school: Membership, team: Membership) -> None:  # noqa: F811
    content = write_csv_set(census(5))
    received(owed, school, content)
    whole = token_for("855")
    answer = call(whole, "GET", f"/deliveries/{owed.pk}/files/1/content")
    assert b"".join(answer.streaming_content) == content
    owed.refresh_from_db()
    judging.accept(owed.pk, handler_for(team, owed), owed.version)
    wanted = json.dumps({"file_type_id": owed.file_type_id, "form": "parquet"})
    asked = call(whole, "POST", "/merged", wanted, content_type="application/json")
    assert asked.status_code == 202, asked.content
    number = asked.json()["id"]
    assert call(whole, "GET", f"/merged/{number}/content").status_code == 404
    merging.run(number)
    assert call(whole, "GET", f"/merged/{number}").json()["counts"]["sources"] == 1
    answer = call(whole, "GET", f"/merged/{number}/content")
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    assert len(call(whole, "GET", "/merged").json()) == 1


def test_a_token_that_was_revoked_meanwhile_gets_no_merged_data(
    owed: Delivery, school: Membership, team: Membership  # noqa: F811
) -> None:  # fmt: skip
    received(owed, school, write_csv_set(census(5)))
    owed.refresh_from_db()
    judging.accept(owed.pk, handler_for(team, owed), owed.version)
    wanted = json.dumps({"file_type_id": owed.file_type_id, "form": "csv"})
    number = call(token_for("855"), "POST", "/merged", wanted, content_type="application/json").json()["id"]
    ApiToken.objects.update(revoked_at=timezone.now())
    merging.run(number)
    assert MergedData.objects.get().counts["sources"] == 0


def test_every_call_is_written_down(owed: Delivery) -> None:  # noqa: F811
    call(token_for("855"), "GET", f"/deliveries/{owed.pk}")
    entry = AccessLog.objects.get(action="called the API")
    assert entry.organisation is not None and entry.organisation.native_id == "855"
    assert entry.about is not None and entry.about.native_id == "8554001"
    assert entry.subject.endswith(f"GET /api/v1/deliveries/{owed.pk} 200")


def test_the_description_is_for_everybody_and_whole(owed: Delivery) -> None:  # noqa: F811
    described = Client().get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.")
    for path, item in described["paths"].items():
        for operation in item.values():
            assert operation["security"], path
            assert operation["summary"], path
    assert "script-src 'self'" in Client().get("/api/v1/openapi.json")["Content-Security-Policy"]


def test_the_page_that_describes_it_has_every_operation(owed: Delivery) -> None:  # noqa: F811
    page = Client().get("/api/v1/").content.decode()
    for path, item in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items():
        for method in item:
            assert f"{method.upper()} {path}" in page
    assert "<script>" not in page


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(write_csv_set(census(5)))
    return path


class TestCommand:
    """`collectory send` against a real server."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def sent(self, live: Any, tmp_path: Path, file: Path, token: str, *more: str) -> int:
        (tmp_path / "token").write_text(f"{token}\n")
        kind = "School Census Submission"
        return main(
            ["send", str(file), "--to", live.url, "--type", kind, "--token-file", str(tmp_path / "token"), *more]
        )

    def test_a_file_arrives(
        self, transactional_db: None, live_server: Any, tmp_path: Path, export: Path, owed: Delivery,  # noqa: F811
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        whole = token_for("8554001")
        assert self.sent(live_server, tmp_path, export, whole) == 0
        file = TransferredFile.objects.get()
        assert file.via == "api" and file.reference in capsys.readouterr().out
        assert self.sent(live_server, tmp_path, export, whole) == 0
        assert "had come before" in capsys.readouterr().out
        assert TransferredFile.objects.count() == 1

    def test_it_goes_on_where_it_broke_off(
        self, transactional_db: None, live_server: Any, tmp_path: Path, export: Path, owed: Delivery,  # noqa: F811
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        whole = token_for("8554001")
        monkeypatch.setattr(client_side, "PIECE", 3000)
        service = client_side.Service(live_server.url, whole, pauses=())
        real, pieces = client_side.Service.call, []

        def breaks_off(self: Any, method: str, *given: Any, **more: Any) -> Any:
            if method == "PATCH":
                pieces.append(int(more["Upload_Offset"]))
                if len(pieces) == 3:
                    raise client_side.NotReached("the line is cut")
            return real(self, method, *given, **more)

        monkeypatch.setattr(client_side.Service, "call", breaks_off)
        with pytest.raises(client_side.NotReached):
            client_side.deliver(service, export, "School Census Submission")
        assert not TransferredFile.objects.exists()
        client_side.deliver(service, export, "School Census Submission")
        assert pieces[3] == 6000, "what had come is not sent again"
        assert TransferredFile.objects.get().size == export.stat().st_size

    def test_why_it_is_not_taken(
        self, transactional_db: None, live_server: Any, tmp_path: Path, export: Path, owed: Delivery,  # noqa: F811
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        delivery(owed.file_type, "8554002")
        whole = token_for("8554001")
        renamed = export.rename(tmp_path / "Current-Blade-Export.zip")
        assert self.sent(live_server, tmp_path, renamed, whole) == 2
        assert NAME in capsys.readouterr().err
        assert self.sent(live_server, tmp_path, renamed, whole, "--rename") == 0
        assert self.sent(live_server, tmp_path, renamed, whole[:-2] + "xx") == 2
        assert self.sent(live_server, tmp_path, renamed, token_for("855")) == 2
        assert "say which: --school" in capsys.readouterr().err


def test_a_token_goes_over_no_open_line_and_to_nobody_else() -> None:
    with pytest.raises(client_side.NotTaken):
        client_side.Service("http://collectory.example", "clt_x")
    service = client_side.Service("https://collectory.example/somewhere", "clt_x", pauses=())
    assert service.address == "https://collectory.example"
    with pytest.raises(client_side.NotTaken):
        service.call("GET", "https://elsewhere.example/")


def test_a_service_that_does_not_answer(tmp_path: Path, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_side.Service, "pauses", ())
    monkeypatch.setattr(client_side.time, "sleep", lambda seconds: None)
    (tmp_path / "token").write_text("clt_x")
    call_ = ["send", str(export), "--to", "http://127.0.0.1:1", "--type", "x", "--token-file", str(tmp_path / "token")]
    assert main(call_) == 3
