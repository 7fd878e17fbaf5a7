"""The vendor's own API, by the classes that the vendor generated for it. Each answer is held against their models."""

import json
import uuid
from datetime import datetime, timedelta, timezone

import PureCloudPlatformClientV2 as platform
from PureCloudPlatformClientV2.rest import ApiException

from vendor_models import faults


class Caller:
    """Calls the SDK and looks at what came over the wire."""

    def __init__(self, client):
        self.client = client
        self.calls = 0

    def __call__(self, kind, call, *args, **kwargs):
        answer = call(*args, **kwargs)
        self.calls += 1
        wrong = faults(json.loads(self.client.last_response.data), kind)
        assert not wrong, "\n".join([f"{call.__name__}:", *wrong[:20]])
        return answer


def stories(org, client, check):
    """The whole of it, by a client that may do everything."""
    client.get_client_credentials_token("demo", "demo")
    ask = Caller(client)
    contacts = platform.ExternalContactsApi(client)
    one_by_one(org, ask, contacts, check)
    many(ask, contacts, check)
    conversations(org, client, ask, contacts, check)

    def enough():
        assert ask.calls >= 25, ask.calls
        astray = [e for e in org.requests_since(0) if e["status"] in (405, 501)]
        assert not astray, astray

    check("so the vendor's models read every answer", enough)


def one_that_may_only_look(org, client, check):
    """A client that may see contacts and nothing else."""
    client.get_client_credentials_token("demo", "demo")
    contacts = platform.ExternalContactsApi(client)

    def forbidden():
        [first, *_] = contacts.get_externalcontacts_scan_contacts(limit=10).entities
        try:
            contacts.delete_externalcontacts_contact(first.id)
        except ApiException as error:
            body = json.loads(error.body)
            assert not faults(body, "ErrorBody"), faults(body, "ErrorBody")
            assert (error.status, body["code"]) == (403, "missing.any.permissions"), body
            assert "externalContacts:contact:delete" in body["messageParams"]["permissions"]
        else:
            raise AssertionError("it was answered")
        assert contacts.get_externalcontacts_contact(first.id).id == first.id

    check("403: the permissions of which any would do are named", forbidden)


def one_by_one(org, ask, contacts, check):
    def life_of_a_contact():
        before = len(org.ledger())
        body = platform.ExternalContact()
        body.first_name, body.last_name, body.work_email = "Ada", "Lovelace", "ada@example.org"
        body.cell_phone = platform.PhoneNumber()
        body.cell_phone.display = "+49 30 123456"
        made = ask("ExternalContact", contacts.post_externalcontacts_contacts, body)
        assert (made.type, made.cell_phone.e164) == ("Curated", "+4930123456"), made
        read = ask("ExternalContact", contacts.get_externalcontacts_contact, made.id, expand=["identifiers"])
        assert sorted(i.type for i in read.identifiers) == ["Email", "Phone"], read.identifiers
        assert abs(read.create_date - datetime.now(timezone.utc)) < timedelta(minutes=5)

        read.title, read.identifiers = "Countess", None
        replaced = ask("ExternalContact", contacts.put_externalcontacts_contact, made.id, read)
        assert (replaced.title, replaced.modify_date > made.modify_date) == ("Countess", True), replaced

        change = platform.ContactsPatchChange()
        change.field, change.value, change.action = "$.lastName", "King", "Update"
        patch = platform.ExternalContactsPatchRequest()
        patch.changes = [change]
        patched = ask("ExternalContact", contacts.patch_externalcontacts_contact, made.id, patch)
        assert (patched.first_name, patched.last_name, patched.title) == ("Ada", "King", "Countess"), patched

        note = platform.Note()
        note.note_text = "prefers the window"
        ask("Note", contacts.post_externalcontacts_contact_notes, made.id, note)
        notes = ask("NoteListing", contacts.get_externalcontacts_contact_notes, made.id)
        assert [n.note_text for n in notes.entities] == ["prefers the window"]

        ask("object", contacts.delete_externalcontacts_contact, made.id)
        assert status_of(lambda: contacts.get_externalcontacts_contact(made.id)) == 404
        kinds = [e["kind"] for e in org.ledger(before) if e["kind"] != "request"]
        assert kinds == ["created", "changed", "changed", "changed", "deleted"], kinds

    check("a contact is made, read, replaced, patched, noted about and removed", life_of_a_contact)

    def schemas():
        listed = ask("DataSchemaListing", contacts.get_externalcontacts_contacts_schemas)
        [schema] = listed.entities
        one = ask("DataSchema", contacts.get_externalcontacts_contacts_schema, schema.id)
        assert one.json_schema.properties["tier"]["enum"] == ["bronze", "silver", "gold", "vip"]
        assert one.json_schema.schema.startswith("http://json-schema.org/")
        limits = ask("SchemaQuantityLimits", contacts.get_externalcontacts_contacts_schemas_limits)
        assert limits.max_number_of_fields_per_schema > len(one.json_schema.properties)
        body = platform.ExternalContact()
        body.first_name, body.schema, body.custom_fields = "Grace", one, {"tier": "gold", "interests_tag": ["ships"]}
        made = ask("ExternalContact", contacts.post_externalcontacts_contacts, body)
        assert made.custom_fields == body.custom_fields and made.schema.version == one.version, made

    check("the schema tells the fields, and a contact is written with them", schemas)

    def merged():
        ids = []
        for name in ("Augusta", "Ada"):
            body = platform.ExternalContact()
            body.first_name = name
            ids.append(contacts.post_externalcontacts_contacts(body).id)
        merge = platform.MergeContactsRequest()
        merge.contact_ids = ids
        made = ask("ExternalContact", contacts.post_externalcontacts_contacts_merge, merge)
        assert ask("ExternalContact", contacts.get_externalcontacts_contact, ids[0]).id == made.id
        own = ask("ExternalContact", contacts.get_externalcontacts_contact_unresolved, ids[0])
        assert (own.id, own.canonical_contact.id) == (ids[0], made.id), own
        dry = platform.ContactEnrichRequest()
        dry.id, dry.action, dry.contact = made.id, "Update", platform.ExternalContact()
        dry.contact.title = "Countess"
        shown = ask("ExternalContact", contacts.post_externalcontacts_contacts_enrich, dry, dry_run="true")
        assert (shown.title, contacts.get_externalcontacts_contact(made.id).title) == ("Countess", None), shown

    def promoted():
        id = str(uuid.uuid4())
        org.control("/contacts", {"id": id, "type": "Ephemeral", "firstName": "Visitor"})
        assert ask("ExternalContact", contacts.post_externalcontacts_contact_promotion, id).type == "Curated"

    check("a visitor whom the org made by itself is promoted", promoted)
    check("merged contacts lead to the one that stands for them, and enriching dry changes nothing", merged)


def many(ask, contacts, check):
    scanned = []

    def scan():
        cursor, pages = {}, 0
        while True:
            page = ask("CursorContactListing", contacts.get_externalcontacts_scan_contacts, limit=20, **cursor)
            scanned.extend(page.entities)
            pages += 1
            if page.cursors is None:
                break
            cursor = {"cursor": page.cursors.after}
        assert pages > 2 and len({c.id for c in scanned}) == len(scanned)
        assert all(c.type == "Curated" for c in scanned)

    check("a scan has every curated contact once", scan)

    def listed():
        page = ask("ContactListing", contacts.get_externalcontacts_contacts, page_size=50, sort_order="lastName:asc")
        names = [c.last_name or "" for c in page.entities]
        assert (page.total, names) == (len(scanned), sorted(names)), page.total
        wanted = next(c for c in scanned if c.work_email)
        simple = platform.ContactSimpleSearch()
        simple.query = wanted.work_email
        search = platform.ContactSearchRequest()
        search.operation = platform.ContactSearchOperation()
        search.operation.simple_search = simple
        found = ask("ContactListing", contacts.post_externalcontacts_contacts_search, search)
        assert [c.id for c in found.entities] == [wanted.id], found
        assert status_of(lambda: contacts.get_externalcontacts_contacts(page_size=100, page_number=11)) == 400

    check("lists and searches find them, up to a thousand", listed)

    def bulk():
        some = [c.id for c in scanned[:5]]
        request = platform.BulkIdsRequest()
        request.entities = [entity(id) for id in [*some, "00000000-0000-4000-8000-00000000dead"]]
        fetched = ask("BulkFetchContactsResponse", contacts.post_externalcontacts_bulk_contacts, request)
        assert {r.id for r in fetched.results if r.success} == set(some) and fetched.error_count == 1
        removed = ask("BulkDeleteResponse", contacts.post_externalcontacts_bulk_contacts_remove, request)
        [failed] = [r for r in removed.results if not r.success]
        assert (failed.status, failed.error.code) == (404, "not.found"), failed
        assert status_of(lambda: contacts.get_externalcontacts_contact(some[0])) == 404

    check("in bulk each contact has a result of its own", bulk)


def conversations(org, client, ask, contacts, check):
    analytics, chats = platform.AnalyticsApi(client), platform.ConversationsApi(client)
    now = datetime.now(timezone.utc)
    interval = "/".join(t.strftime("%Y-%m-%dT%H:%M:%S.000Z") for t in (now - timedelta(days=6), now + timedelta(days=1)))

    def query():
        say_hello(client)
        question = platform.ConversationQuery()
        question.interval, question.order, question.order_by = interval, "desc", "conversationStart"
        question.paging = platform.PagingSpec()
        question.paging.page_size, question.paging.page_number = 100, 1
        predicate = platform.SegmentDetailQueryPredicate()
        predicate.type, predicate.dimension = "dimension", "messageType"
        predicate.operator, predicate.value = "matches", "webmessaging"
        only = platform.SegmentDetailQueryFilter()
        only.type, only.predicates = "and", [predicate]
        question.segment_filters = [only]
        answer = ask("AnalyticsConversationQueryResponse", analytics.post_analytics_conversations_details_query, question)
        assert answer.total_hits == len(answer.conversations) > 1
        return answer.conversations

    found = []
    check("the query of analytics tells the conversations of a week", lambda: found.extend(query()))

    def read():
        running = next(c for c in found if c.conversation_end is None)
        ended = next(c for c in found if c.conversation_end is not None)
        row = ask("AnalyticsConversationWithoutAttributes", analytics.get_analytics_conversation_details, ended.conversation_id)
        assert row.conversation_end == ended.conversation_end
        whole = ask("Conversation", chats.get_conversation, running.conversation_id)
        customer = next(p for p in whole.participants if p.purpose == "customer")
        contact = ask("ExternalContact", contacts.get_externalcontacts_contact, customer.external_contact_id)
        assert contact.type in ("Curated", "Ephemeral")
        told = ask("MessageConversation", chats.get_conversations_message, running.conversation_id)
        ids = [m.message_id for p in told.participants for m in p.messages]
        messages = ask("TextMessageListing", chats.post_conversations_message_messages_bulk, running.conversation_id, body=ids)
        assert {m.id for m in messages.entities} == set(ids) and all(m.normalized_message.text for m in messages.entities)
        alone = ask("MessageData", chats.get_conversations_message_details, ids[0])
        assert alone.conversation_id == running.conversation_id
        ask("MessageData", chats.get_conversations_message_message, running.conversation_id, ids[0])

        body = platform.ParticipantAttributes()
        body.attributes = {"orderId": "A-17"}
        set_ = chats.patch_conversations_message_participant_attributes
        ask("ParticipantAttributes", set_, running.conversation_id, customer.id, body=body)
        chats.patch_conversation_participant_attributes(running.conversation_id, customer.id, body)
        again = chats.get_conversation(running.conversation_id).participants[0].attributes
        assert again["orderId"] == "A-17", again
        chats.post_conversation_disconnect(running.conversation_id)
        assert chats.get_conversation(running.conversation_id).end_time is not None

        recordings = platform.RecordingApi(client)
        assert ask("list[Recording]", recordings.get_conversation_recordings, ended.conversation_id) == []
        [recording] = ask("list[Recording]", recordings.get_conversation_recordings, ended.conversation_id)
        assert recording.messaging_transcript[0].purpose == "customer" and recording.messaging_transcript[0].message_text

    check("a conversation is read, its messages, its attributes, its end and its transcript", read)

    def job():
        question = platform.AsyncConversationQuery()
        question.interval = interval
        made = ask("AsyncQueryResponse", analytics.post_analytics_conversations_details_jobs, question)
        states = [ask("AsyncQueryStatus", analytics.get_analytics_conversations_details_job, made.job_id).state for _ in range(2)]
        assert states == ["QUEUED", "FULFILLED"], states
        results = ask("AnalyticsConversationAsyncQueryResponse", analytics.get_analytics_conversations_details_job_results, made.job_id)
        assert results.conversations[0].participants[0].attributes, results.conversations[0]
        ask("DataAvailabilityResponse", analytics.get_analytics_conversations_details_jobs_availability)

    check("a job of analytics is waited for and has the attributes", job)

    def who_and_where():
        ask("TokenInfo", platform.TokensApi(client).get_tokens_me)
        ask("Organization", platform.OrganizationApi(client).get_organizations_me)
        listed = ask("ExpandableWebDeploymentEntityListing", platform.WebDeploymentsApi(client).get_webdeployments_deployments)
        assert [d.status for d in listed.entities] == ["Active"], listed

    check("token, organization and deployments tell who and where", who_and_where)


def say_hello(client):
    """A guest of the Guest API opens a conversation and says something in it."""
    how = {"header_params": {"Content-Type": "application/json"}, "response_type": "object", "auth_settings": ["PureCloud OAuth"]}
    guest = {"id": str(uuid.uuid4()), "name": "Grace Hopper", "email": "grace@example.org"}
    client.call_api("/api/v2/guests", "POST", body=guest, **how)
    query = {"query": {"filter": f'guest.id="{guest["id"]}"'}}
    found = client.call_api("/api/v2/conversations/details/query", "POST", body=query, **how)
    message = {
        "id": str(uuid.uuid4()),
        "conversationId": found["conversations"][0]["id"],
        "from": {"id": guest["id"], "type": "user"},
        "text": "Is my room ready?",
        "timestamp": datetime.now(timezone.utc).isoformat(),
    }
    client.call_api("/api/v2/conversations/webchat/messages", "POST", body=message, **how)


def entity(id):
    one = platform.ExternalContactsEntity()
    one.id = id
    return one


def status_of(call):
    """The status of a call that has to fail."""
    try:
        call()
    except ApiException as error:
        return error.status
    raise AssertionError("it was answered")
