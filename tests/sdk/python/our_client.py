"""Our own client, held against the vendor's models: the command line does its work on a live org's dialect through a proxy that
keeps every exchange, and each body that it sent, each value of a query and each answer of the simulator is judged."""

import json
import os
import re
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import PureCloudPlatformClientV2 as platform

from recorder import Recorder
from vendor_api import say_hello
from vendor_calls import all_calls, call_at
from vendor_models import faults, lost

DEPLOYMENT = "00000000-0000-4000-8000-000000000001"
CONTACTS = "/api/v2/externalcontacts/contacts"
# What no SDK of the vendor's has a call for: signing in, the public file of a deployment.
NO_CALL = re.compile(r"/oauth/token|/webdeployments/v1/deployments/[^/]+/config\.json")
# The one call that is made only by what the simulator never does: its `tokens/me` names the organization. It has no body.
NOT_WALKED = {"/api/v2/organizations/me"}


class Console:
    """The command line on a folder of its own, connected through the recorder; nothing of this machine leads elsewhere."""

    def __init__(self, org, recorder, folder):
        self.org, self.folder = org, folder
        self._env = {
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ},
            "HOME": folder,
            "GC_BASE_URL": recorder.url,
            "GC_DIALECT": "genesys-cloud",
            "GC_CLIENT_ID": "demo",
            "GC_CLIENT_SECRET": "demo",
            "GC_DEPLOYMENT_ID": DEPLOYMENT,
            "INNKEEPER_PASSPHRASE": "correct horse",
        }

    def __call__(self, *words, fails=False):
        """Every line that a command prints. It has to end well, unless it is to fail."""
        command = [os.environ["INNKEEPER"], "--json", "--data", self.folder, *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=self._env, timeout=60)
        assert (done.returncode != 0) == fails, f"{words}: {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}"
        return [json.loads(line) for line in done.stdout.splitlines()]


def stories(org, client, check):
    client.get_client_credentials_token("demo", "demo")
    with tempfile.TemporaryDirectory() as folder, Recorder(org) as recorder:
        console = Console(org, recorder, folder)
        for name, walk in [
            ("our client tests its permissions", lambda: console("connection", "test")),
            ("our client finds and reads contacts of every kind", lambda: read_contacts(console)),
            ("our client changes contacts in every way", lambda: change_contacts(console)),
            ("our client finds, reads and changes conversations", lambda: conversations(console, client)),
            ("our client chats and learns the org's ids", lambda: chat(console)),
            ("our client plans and runs retention, in bulk and one by one", lambda: retention(console)),
        ]:
            check(name, walk)
        calls, seen = all_calls(), recorder.exchanges
        check("every body that it sent is a body of the vendor's models, and every query the vendor's", lambda: sent(calls, seen))
        check("every answer that it got is an answer of the vendor's models", lambda: answered(calls, seen))
        check("it did so on every path and with every body that its source has", lambda: everything(seen))


def made(console, n, kind="Curated", **more):
    """A contact that was made long ago, behind the console's back; its id."""
    created = (datetime.now(timezone.utc) - timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    id = f"00000000-0000-4000-8000-{n:012x}"
    contact = {"id": id, "firstName": f"Guest {n}", "type": kind, "createDate": created, "modifyDate": created, **more}
    if kind != "Ephemeral":
        contact.setdefault("workEmail", f"guest{n}@example.org")
    console.org.control("/contacts", contact)
    return id


def phone(number):
    return {"display": number, "e164": number}


def read_contacts(console):
    assert len(console("guests", "list")) > 200, "more than a page of a scan"
    assert console("guests", "list", "--search", "example.org", "--limit", "30")
    ids = [made(console, 1), made(console, 2), made(console, 3, "Ephemeral"), made(console, 4, "Identified")]
    console.org.control(f"/contacts/{ids[1]}/merge", {"into": ids[0]})
    for id in ids[1:]:
        console("guests", "show", id)
    console("guests", "show", "00000000-0000-4000-8000-00000000dead", fails=True)


EDITS = [
    *["firstName=Ada", "middleName=King", "lastName=Lovelace", "salutation=Lady", "title=Countess"],
    *["workEmail=ada@example.org", "personalEmail=a.k@example.org", "otherEmail=third@example.org"],
    *["cellPhone=+1 555 0100", "workPhone=+44 20 7946 0000", "homePhone=030 123456", "otherPhone=+49 30 123457"],
    *["externalSystemUrl=https://crm.example.org/1", "homepage_url=https://example.org", "loyalty_number_identifier=L-17"],
    *["tier=gold", "remark_longtext=Prefers the window. ☕", "birthday_date=1815-12-10", "spent_number=7.5"],
    *["initiatedAt=2026-01-02T03:04:05.000Z", "totalInteractions=3", "newsletter_checkbox=true", "interests_tag=ships, tea"],
]
REMOVALS = ["lastName=Byron", "--unset", "homePhone", "--unset", "otherEmail", "--unset", "spent_number"]


def change_contacts(console):
    id, whole = made(console, 11), made(console, 12)
    # The first custom field of a contact gives it its schema, by PUT; what follows goes by PATCH.
    for edit in (["source=desk"], EDITS, REMOVALS):
        console("guests", "set", id, *edit)
    # Where the org refuses a PATCH, everything goes by PUT.
    console.org.weather([{"when": {"method": "PATCH", "path": f"{CONTACTS}/*"}, "do": "400"}])
    for edit in (["source=desk", *EDITS], REMOVALS):
        console("guests", "set", whole, *edit)
    console.org.weather([])
    console("guests", "interaction", id, "--type", "call", "--by", "2")
    console("guests", "set", made(console, 13, "Ephemeral"), "tier=silver")
    console("guests", "delete", id)


def conversations(console, client):
    say_hello(client)
    running, contact = console.org.chats()[-1]
    assert console("conversation", "list", "--open")
    assert console("conversation", "list", "--guest", contact)
    console("conversation", "set", running, "orderId=A-17", "language=en")
    assert len(console("conversation", "list", "--attr", "orderId=A-17")) == 1
    [shown] = console("conversation", "show", running)
    assert [m["text"] for m in shown["messages"]] == ["Is my room ready?"], shown
    assert console("guests", "list", "--recent", "9")
    console("guests", "show", contact)
    console.org.control(f"/conversations/{running}/close", {})
    # Who asks first is told that the recording is being restored; our client would wait for it.
    platform.RecordingApi(client).get_conversation_recordings(running)
    [shown] = console("conversation", "show", running)
    assert [m["text"] for m in shown["messages"]] == ["Is my room ready?"], shown


def chat(console):
    """The session is taken up by another process than the one that began it, which reads its history."""
    chat = console("chat", "start", "--name", "Mary", "--attr", "tier=gold")[-1]["conversationId"]
    console("chat", "say", chat, "a room, please")
    assert console("outbox", "drain")[-1]["delivered"] == 1
    [own] = console("guests", "show", chat)
    assert own["conversations"], own


def retention(console):
    for n in range(100, 170):
        made(console, n, cellPhone=phone("+15550100"))
    plan = str(Path(console.folder) / "made.plan")
    console("retention", "plan", "--out", plan)
    console("retention", "run", plan)
    for n in range(200, 203):
        made(console, n)
    # Where the org takes no bulk calls, contacts are read and deleted one by one.
    console.org.weather([{"when": {"path": "/api/v2/externalcontacts/bulk/*"}, "do": "403"}])
    console("retention", "plan", "--replace", "--out", plan)
    console("retention", "run", plan)
    console.org.weather([])


def judged(exchanges, look):
    """Runs `look` over them, and fails with all that is wrong, each exchange by its name."""
    wrong = {}
    for exchange in exchanges:
        if not NO_CALL.fullmatch(exchange.path) and (found := look(exchange)):
            wrong.setdefault(str(exchange), found)
    assert not wrong, "\n".join(f"{name}: {'; '.join(found[:5])}" for name, found in list(wrong.items())[:20])


def sent(calls, seen):
    def look(exchange):
        call = call_at(calls, exchange.method, exchange.path)
        if call is None:
            return ["the vendor has no such call"]
        wrong = [f"the query {name} is unknown" for name, _ in exchange.query if name not in call.query]
        wrong += [
            f"the query {name} is {value!r}, and a whole number was expected"
            for name, value in exchange.query
            if call.query.get(name) == "int" and not value.isdigit()
        ]
        if call.body is None:
            return wrong + (["it has a body, and the vendor's has none"] if exchange.body else [])
        body = json.loads(exchange.body)
        return wrong + faults(body, call.body) + lost(body, call.body)

    judged(seen, look)


def answered(calls, seen):
    def look(exchange):
        call = call_at(calls, exchange.method, exchange.path)
        kind = "ErrorBody" if exchange.status >= 400 else call and call.answer
        if not exchange.answer.strip():
            return [] if kind is None or exchange.status in (202, 204) else [f"it is empty, and {kind} was expected"]
        answer = json.loads(exchange.answer)
        if kind is None:
            return [] if answer == {} else ["it has a body, and the vendor's has none"]
        return faults(answer, kind) + lost(answer, kind)

    judged(seen, look)


# Bodies that the client can make, by what tells one: each has to have been sent.
VARIATIONS = {
    "a PATCH that updates": ("PATCH", f"{CONTACTS}/[^/]+", r'"action": "Update"'),
    "a PATCH that removes": ("PATCH", f"{CONTACTS}/[^/]+", r'"action": "Remove"'),
    "a PATCH that tries a permission": ("PATCH", f"{CONTACTS}/[^/]+", r'"action": "UpdateIfExists"'),
    "a PATCH of a telephone number": ("PATCH", f"{CONTACTS}/[^/]+", r'"e164"'),
    "a PATCH of a custom field": ("PATCH", f"{CONTACTS}/[^/]+", r'"\$\.customFields\.'),
    "a PUT with custom fields": ("PUT", f"{CONTACTS}/[^/]+", r'"customFields": \{'),
    "a PUT that begins a schema": ("PUT", f"{CONTACTS}/[^/]+", r'"schema": \{'),
    "a PUT with telephone numbers": ("PUT", f"{CONTACTS}/[^/]+", r'"cellPhone": \{'),
    "a query for one guest or several": ("POST", ".*/details/query", r'"externalContactId"'),
    "a query for open ones": ("POST", ".*/details/query", r'"notExists"'),
    "a query of one row": ("POST", ".*/details/query", r'"pageSize": 1[,}]'),
    "a query of a page": ("POST", ".*/details/query", r'"pageSize": 100'),
    "a bulk fetch": ("POST", ".*/bulk/contacts", r'"entities": \[\{'),
    "a bulk removal": ("POST", ".*/bulk/contacts/remove", r'"entities": \[\{'),
    "messages by their ids": ("POST", ".*/messages/bulk", r'^\["'),
    "attributes of a participant": ("PATCH", ".*/attributes", r'"orderId": "A-17"'),
}


def everything(seen):
    bodies = [(e.method, e.path, json.dumps(json.loads(e.body))) for e in seen if e.body and not NO_CALL.fullmatch(e.path)]
    missing = [
        name
        for name, (method, path, has) in VARIATIONS.items()
        if not any(m == method and re.fullmatch(path, p) and re.search(has, body) for m, p, body in bodies)
    ]
    walked = {exchange.path for exchange in seen}
    for template in paths_of_the_source() - NOT_WALKED:
        if not any(re.fullmatch(re.sub(r"\\{[^{}]*\\}", "[^/]+", re.escape(template)), path) for path in walked):
            missing.append(template)
    sizes = [len(json.loads(e.body)["entities"]) for e in seen if e.path.endswith("/remove")]
    assert not missing and max(sizes) >= 50, (missing, sizes)


def paths_of_the_source():
    """The paths that the client's source names."""
    source = Path(__file__).parents[3] / "crates/genesys/src"
    files = [*(source / "platform").rglob("*.rs"), *(source / "webmessaging").glob("deployment.rs")]
    found = {path for file in files for path in re.findall(r'"(?:\{\})?(/api/v2/[^"]+)"', file.read_text("utf-8"))}
    assert len(found) > 12, found
    return found
