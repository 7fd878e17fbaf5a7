"""What a stranger does with the official Python SDK, done to the simulator. `cargo xtask sdk` runs it; by hand:

    cd target/sdk/python && HOME=$PWD/home INNKEEPER=../../debug/innkeeper bin/python ../../../tests/sdk/python/story.py

HOME matters: the SDK obeys ~/.genesyscloudpython/config.
"""

import json
import os
import re
import sys
import threading
import traceback
import uuid
from datetime import datetime, timedelta, timezone

sys.dont_write_bytecode = True  # Nothing is to appear beside this file.

import PureCloudPlatformClientV2 as platform
from PureCloudPlatformClientV2.rest import ApiException

import our_client
import vendor_api
from org import Org

# Longer than all of it takes by far; whatever hangs is a failure.
PATIENCE_SECONDS = 300

passed = failed = 0


def main():
    give_up_in_time()
    with Org() as org:
        at_home(org)
    with Org() as org:
        vendor_api.stories(org, stranger(org)[0], check)
    with Org("--permissions", "externalContacts:contact:view") as org:
        vendor_api.one_that_may_only_look(org, stranger(org)[0], check)
    with Org("--guests", "600", "--rate", "off", "--bot", "none") as org:
        our_client.stories(org, stranger(org)[0], check)
    with Org("--scopes", "guest:read") as org:
        at_the_wrong_door(org)
    with Org("--rate", "5") as org:
        at_the_limit(org)
    print(f"\ntest result: {'FAILED' if failed else 'ok'}. {passed} passed; {failed} failed")
    return 1 if failed else 0


def at_home(org):
    """The whole of the Guest API, by one client that may do everything."""
    client, tokens = stranger(org)
    guest = {"id": str(uuid.uuid4()), "name": 'Ada "the first" + 100 % & Söhne', "email": "ada@example.org"}
    one = {"id": guest["id"]}

    def wrong_credentials():
        for name, secret, says in [("demo", "wrong", "authentication failed"), ("nobody", "demo", "client not found")]:
            error = rejected(lambda: client.get_client_credentials_token(name, secret))
            body = {"error": "invalid_client", "description": says, "error_description": says}
            assert (error.status, json.loads(error.body)) == (400, body), error

    check("wrong credentials are refused in the form that OAuth has for it", wrong_credentials)

    def no_session():
        # Without a token this SDK sends the word "Bearer" alone.
        refused(org, tokens.get_tokens_me, 401, "authentication.required")

    check("a call without a session is a 401 that asks for one", no_session)

    def sign_in():
        before = len(org.ledger())
        signed_in = client.get_client_credentials_token("demo", "demo")
        assert signed_in is client and len(client.access_token) >= 32
        assert in_short(org.requests_since(before)) == ["POST /oauth/token 200"]

    check("it signs in with good credentials", sign_in)

    def by_gateway():
        gateway = platform.api_client.ApiClient()
        gateway.set_gateway("127.0.0.1", "http", org.port, "login", "")
        before = len(org.ledger())
        gateway.get_client_credentials_token("demo", "demo")
        assert platform.TokensApi(gateway).get_tokens_me().o_auth_client.id == "demo"
        wanted = ["POST /login/oauth/token 200", "GET /api/v2/tokens/me 200"]
        assert in_short(org.requests_since(before)) == wanted

    check("a second client signs in by way of a gateway", by_gateway)

    def session():
        info = tokens.get_tokens_me()
        assert isinstance(info, platform.TokenInfo)
        assert info.o_auth_client.id == "demo" and info.organization.id and info.organization.name
        assert info.authorized_scope == ["guest:read", "guest:write", "conversation:read", "webchat:write"]
        assert client.last_response.getheader("inin-ratelimit-allowed") == "300"

    check("its session tells organisation, client and scopes", session)

    def head():
        before = len(org.ledger())
        assert tokens.head_tokens_me() is None
        assert (client.last_response.status, client.last_response.data) == (200, "")
        assert in_short(org.requests_since(before)) == ["HEAD /api/v2/tokens/me 200"]

    check("HEAD says that the session is good, without a body", head)

    def life_of_a_guest():
        before = len(org.ledger())
        created = call(client, "POST", "/api/v2/guests", body={**guest, "attributes": {"tier": "gold"}})
        assert client.last_response.status == 201 and created["sessionToken"]
        read = call(client, "GET", "/api/v2/guests/{id}", path=one)
        assert read == created

        name = guest["name"].replace('"', '\\"')
        query = {"filter": f'name = "{name}"', "expand": "attributes", "pageSize": 10, "sortBy": "createdTime:desc"}
        page = call(client, "GET", "/api/v2/guests", query=query)
        assert page["total"] == 1
        assert (page["entities"][0]["id"], page["entities"][0]["attributes"]["tier"]) == (guest["id"], "gold")

        wanted = {**one, "name": "Ada", "version": read["version"], "attributes": {"tier": "silver"}}
        replaced = call(client, "PUT", "/api/v2/guests/{id}", path=one, body=wanted)
        assert replaced["name"] == "Ada" and "email" not in replaced and replaced["version"] > read["version"]

        call(client, "DELETE", "/api/v2/guests/{id}", path=one, query={"version": replaced["version"]})
        assert client.last_response.status == 204
        events = [(e["kind"], e["guestId"]) for e in org.ledger(before) if e["kind"] != "request"]
        assert events == [("created", guest["id"]), ("changed", guest["id"]), ("deleted", guest["id"])], events
        assert org.stats()["guests"] == 100

    check("a guest is created, read, found by its name, replaced and deleted", life_of_a_guest)

    def every_page():
        seen, number, page = set(), 1, {"pageCount": 1}
        while number <= page["pageCount"]:
            page = call(client, "GET", "/api/v2/guests", query={"pageNumber": number, "pageSize": 30})
            seen |= {entity["id"] for entity in page["entities"]}
            number += 1
        assert (len(seen), page["pageCount"], len(page["entities"])) == (100, 4, 10)

    check("every page of a list together has every guest once", every_page)

    def lost_answer():
        author = call(client, "POST", "/api/v2/guests", body={"id": str(uuid.uuid4())})
        query = {"filter": f'guest.id="{author["id"]}" AND type="webchat"', "pageSize": 1, "pageNumber": 1}
        found = call(client, "POST", "/api/v2/conversations/details/query", body={"query": query})
        [conversation] = found["conversations"]
        assert (conversation["guestId"], conversation["state"]) == (author["id"], "active")
        message = {
            "id": str(uuid.uuid4()),
            "conversationId": conversation["id"],
            "from": {"id": author["id"], "type": "user"},
            "text": "Grüße aus Zimmer 7 🛎",
            "timestamp": datetime.now(timezone.utc).isoformat(),
        }
        before = org.stats()["messages"]
        org.trouble("reset-after")
        call(client, "POST", "/api/v2/conversations/webchat/messages", body=message)
        assert client.last_response.status == 201
        lines = [(e["messageId"], e["text"], e["repeat"]) for e in org.ledger() if e["kind"] == "message"]
        assert lines == [(message["id"], message["text"], False), (message["id"], message["text"], True)], lines
        assert org.stats()["messages"] == before + 1

    check("the SDK repeats a message whose answer is lost, and it is one message", lost_answer)

    def not_found():
        refused(org, lambda: call(client, "GET", "/api/v2/guests/{id}", path=one), 404, "not.found")

    check("404: an unknown guest", not_found)

    def conflicts():
        made = call(client, "POST", "/api/v2/guests", body=guest)
        refused(org, lambda: call(client, "POST", "/api/v2/guests", body=guest), 409, "conflict")
        put = lambda: call(client, "PUT", "/api/v2/guests/{id}", path=one, body={**guest, "version": made["version"]})
        put()
        refused(org, put, 409, "conflict")

    check("409: an id that is taken, and a version that is old", conflicts)

    def wrong_fields():
        wrong = {"id": "seven", "email": 7, "attributes": {"list": [1]}}
        body = refused(org, lambda: call(client, "POST", "/api/v2/guests", body=wrong), 400, "invalid.value")
        assert [detail.field_name for detail in body.details] == ["id", "email", "attributes.list"]
        query = {"filter": 'name = "Ada'}
        body = refused(org, lambda: call(client, "GET", "/api/v2/guests", query=query), 400, "invalid.value")
        assert [detail.field_name for detail in body.details] == ["filter"]

    check("400: every field that is wrong is named", wrong_fields)

    def trouble():
        org.trouble("503")
        refused(org, tokens.get_tokens_me, 503, "service.unavailable")
        org.trouble("html")
        error = rejected(tokens.get_tokens_me)
        assert error.status == 502 and error.body.startswith("<html>"), error

    check("503 and a page of a proxy are errors with their status, and not repeated", trouble)

    def told_to_wait():
        before = len(org.ledger())
        org.trouble("429", times=2)
        tokens.get_tokens_me()
        requests = org.requests_since(before)
        assert [entry["status"] for entry in requests] == [429, 429, 200], requests
        assert all(pause >= timedelta(seconds=1) for pause in pauses(requests)), requests

    check("429 twice: the SDK waits as told each time and gets its answer", told_to_wait)

    def not_told_how_long():
        before = len(org.ledger())
        org.trouble("429-no-header")
        refused(org, tokens.get_tokens_me, 429, "too.many.requests.retry.after")
        assert len(org.requests_since(before)) == 1

    check("429 without Retry-After is handed over at once", not_told_how_long)

    def a_day_later():
        org.advance(86_400)
        refused(org, tokens.get_tokens_me, 401, "bad.credentials")
        client.get_client_credentials_token("demo", "demo")
        assert tokens.get_tokens_me().o_auth_client.id == "demo"

    check("401: a session that is a day old, and the next one is good", a_day_later)

    def sign_out():
        assert tokens.delete_tokens_me() is None and client.last_response.status == 204
        refused(org, tokens.get_tokens_me, 401, "bad.credentials")

    check("after signing out the session is worth nothing", sign_out)
    check("it met no route that is missing and no method that is refused", lambda: no_stray_request(org, 1))


def at_the_wrong_door(org):
    """A client that may read guests and nothing else."""
    client, _ = stranger(org)

    def forbidden():
        client.get_client_credentials_token("demo", "demo")
        assert call(client, "GET", "/api/v2/guests")["total"] == 100
        write = lambda: call(client, "POST", "/api/v2/guests", body={"id": str(uuid.uuid4())})
        body = refused(org, write, 403, "missing.permissions")
        assert body.message_params == {"permissions": "guest:write"} and "guest:write" in body.message
        assert org.stats()["guests"] == 100

    check("403: the scope that is missing is named", forbidden)
    check("there, too, no request went astray", lambda: no_stray_request(org, 0))


def at_the_limit(org):
    """Five requests a minute. This SDK waits by itself for as long as Retry-After says."""
    client, tokens = stranger(org)

    def full_window():
        client.get_client_credentials_token("demo", "demo")
        before = len(org.ledger())
        for n in range(1, 6):
            tokens.get_tokens_me()
            assert client.last_response.getheader("inin-ratelimit-count") == str(n)
        # The SDK's pause is real, so most of the minute passes here.
        org.advance(55)
        tokens.get_tokens_me()
        assert client.last_response.getheader("inin-ratelimit-count") == "1"
        requests = org.requests_since(before)
        assert [entry["status"] for entry in requests] == [200, 200, 200, 200, 200, 429, 200], requests
        assert pauses(requests)[-1] >= timedelta(seconds=1), requests

    check("429: the SDK waits for the next window by itself, knocks once, and is let in", full_window)


def stranger(org):
    """A client of the SDK pointed at an org, as nobody, and its tokens API."""
    client = platform.api_client.ApiClient(host=org.url)
    return client, platform.TokensApi(client)


def call(client, method, route, path=None, query=None, body=None):
    """What the SDK's generated classes do, for the Guest API, for which there is none."""
    return client.call_api(
        route,
        method,
        path_params=path,
        query_params=query,
        header_params={"Accept": "application/json", "Content-Type": "application/json"},
        body=body,
        response_type="object",
        auth_settings=["PureCloud OAuth"],
    )


def rejected(step):
    """The SDK's exception of a call that has to fail."""
    try:
        answer = step()
    except ApiException as error:
        return error
    raise AssertionError(f"it was answered {answer}")


def refused(org, step, status, code):
    """A refusal that reads as the SDK's own error model, and the org's ledger knows it by the same id."""
    error = rejected(step)
    body = error_body(error)
    assert (error.status, body.status, body.code) == (status, status, code) and body.message, error
    last = org.requests_since(0)[-1]
    ids = {error.headers["inin-correlation-id"], body.context_id, last["correlationId"]}
    assert last["status"] == status and len(ids) == 1, (error, last)
    return body


def error_body(error):
    """The body of an error as the SDK's model of one."""

    class Answer:
        data = error.body
        getheader = staticmethod(error.headers.get)

    return platform.api_client.ApiClient().deserialize(Answer, "ErrorBody")


def no_stray_request(org, intended):
    """No 405 and no 404 but those that were asked for: `intended` guests who are not there."""
    requests = org.requests_since(0)
    missing = [entry for entry in requests if entry["status"] == 404]
    astray = [entry for entry in missing if "guestId" not in entry]
    astray += [entry for entry in requests if entry["status"] == 405]
    assert requests and in_short(astray) == [] and len(missing) == intended, in_short(missing)


def pauses(requests):
    """Between each request and the next, by the org's clock."""
    times = [datetime.fromisoformat(entry["at"].replace("Z", "+00:00")) for entry in requests]
    return [later - earlier for earlier, later in zip(times, times[1:])]


def in_short(requests):
    return [f"{entry['method']} {entry['path']} {entry['status']}" for entry in requests]


def give_up_in_time():
    """Ends the story when it hangs, and its orgs with it."""

    def give_up():
        for org in list(Org.running):
            org.stop()
        print(f"FAILED  not at the end after {PATIENCE_SECONDS} s", flush=True)
        os._exit(1)

    timer = threading.Timer(PATIENCE_SECONDS, give_up)
    timer.daemon = True
    timer.start()


def check(name, step):
    global passed, failed
    try:
        step()
    except Exception:
        failed += 1
        print(f"FAILED  {name}\n" + re.sub("^", "        ", traceback.format_exc(), flags=re.M), flush=True)
    else:
        passed += 1
        print(f"ok      {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
