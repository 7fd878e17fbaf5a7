use serde_json::{Value, json};
use simulator::Options;

use crate::common::Org;

const ADA: &str = "6f1c9a52-3a0e-4c8e-9d55-0b2a7f6f4a11";

async fn ledger(org: &Org, query: &str) -> Vec<Value> {
    let answer = org.control("GET", &format!("/ledger{query}"), &json!(null)).await;
    answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_ledger_tells_every_request_and_what_it_did() {
    let org = Org::of(3).await;
    let created = org.post("/api/v2/guests", &json!({ "id": ADA })).await;
    org.put(&format!("/api/v2/guests/{ADA}"), &json!({ "name": "Ada" })).await;
    org.delete(&format!("/api/v2/guests/{ADA}")).await;
    org.get("/api/v2/guests/42").await;
    let lines = ledger(&org, "").await;
    let told: Vec<String> = lines
        .iter()
        .map(|l| {
            format!(
                "{} {} {} {} {}",
                l["n"],
                l["kind"].as_str().unwrap(),
                l["method"].as_str().unwrap(),
                l["path"].as_str().unwrap(),
                l["status"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "1 request POST /oauth/token 200".to_owned(),
            "2 created POST /api/v2/guests 201".to_owned(),
            "3 request POST /api/v2/guests 201".to_owned(),
            format!("4 changed PUT /api/v2/guests/{ADA} 200"),
            format!("5 request PUT /api/v2/guests/{ADA} 200"),
            format!("6 deleted DELETE /api/v2/guests/{ADA} 204"),
            format!("7 request DELETE /api/v2/guests/{ADA} 204"),
            "8 request GET /api/v2/guests/42 404".to_owned(),
        ]
    );
    assert_eq!(lines[1]["guestId"], ADA);
    assert_eq!(lines[1]["correlationId"], created.header("inin-correlation-id"));
    assert_eq!(lines[1]["at"], "2026-11-22T12:00:00.000Z");
    assert_eq!(ledger(&org, "?since=6").await, lines[6..]);
    assert!(ledger(&org, "?since=99").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_statistics_count_by_kind_and_status() {
    let org = Org::of(3).await;
    org.get("/api/v2/guests").await;
    org.get("/nowhere").await;
    org.send("GET", "/api/v2/guests?pageSize=0", "").await;
    let stats = org.control("GET", "/stats", &json!(null)).await.body;
    assert_eq!(stats["kinds"], json!({ "request": 4 }));
    assert_eq!(stats["statuses"], json!({ "200": 2, "400": 1, "404": 1 }));
    assert_eq!(
        (&stats["guests"], &stats["conversations"], &stats["messages"]),
        (&json!(3), &json!(3), &json!(0))
    );
    assert_eq!(stats["windows"], json!({ "requests": [3], "most": 3 }));
}

#[tokio::test(start_paused = true)]
async fn an_org_that_shows_its_clock_does_so_in_every_answer_and_others_leave_it_to_who_serves_them() {
    let paths = ["/api/v2/tokens/me", "/api/v2/externalcontacts/contacts", "/api/v2/guests", "/oauth/token"];
    let org = Org::with(Options { guests: 1, shows_clock: true, ..Options::default() }).await;
    org.control("POST", "/clock", &json!({ "now": "2027-01-01T00:00:00Z" })).await;
    for path in paths {
        assert_eq!(org.get(path).await.header("date"), "Fri, 01 Jan 2027 00:00:00 GMT", "{path}");
    }
    let org = Org::of(1).await;
    for path in paths {
        assert_eq!(org.get(path).await.header("date"), "", "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_clock_moves_by_seconds_or_to_a_time_and_runs_on() {
    let org = Org::of(0).await;
    let moved = org.control("POST", "/clock", &json!({ "advanceSeconds": 90 })).await;
    assert_eq!(moved.body["now"], "2026-11-22T12:01:30.000Z");
    let moved = org.control("POST", "/clock", &json!({ "now": "2027-01-01T00:00:00Z" })).await;
    assert_eq!(moved.body["now"], "2027-01-01T00:00:00.000Z");
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(org.simulator.now().to_rfc3339(), "2027-01-01T00:00:01+00:00");
    for wrong in [
        json!({}),
        json!({ "advanceSeconds": "1" }),
        json!({ "advanceSeconds": i64::MAX }),
        json!({ "now": "soon" }),
        json!({ "now": "2027-01-01T00:00:00Z", "advanceSeconds": 1 }),
    ] {
        assert_eq!(org.control("POST", "/clock", &wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(org.simulator.now().to_rfc3339(), "2027-01-01T00:00:01+00:00");
}

#[tokio::test(start_paused = true)]
async fn the_hand_behind_the_clients_back_makes_old_guests_and_switches_them_off() {
    let org = Org::of(0).await;
    let old = json!({ "id": ADA, "createdTime": "2026-09-01T08:00:00Z" });
    assert_eq!(org.control("POST", "/guests", &old).await.status, 201);
    assert_eq!(org.conversation(ADA).await["state"], "closed");
    let off = org.control("POST", &format!("/guests/{ADA}"), &json!({ "active": false })).await;
    assert_eq!((off.status, &off.body["version"]), (200, &json!(2)));
    let ada = org.get(&format!("/api/v2/guests/{ADA}")).await.body;
    assert_eq!((&ada["active"], &ada["createdTime"]), (&json!(false), &json!("2026-09-01T08:00:00.000Z")));
    assert_eq!(ada["attributes"]["initiatedAt"], "2026-09-01T08:00:00.000Z");
    let changed =
        org.control("POST", &format!("/guests/{ADA}"), &json!({ "attributes": { "tier": "vip" } })).await;
    assert_eq!(changed.body["attributes"]["tier"], "vip");
    assert_eq!(changed.body["attributes"]["source"], "web-messaging");
    assert_eq!(org.control("POST", "/guests/42", &json!({})).await.status, 404);
    assert_eq!(org.control("POST", "/conversations/42/close", &json!(null)).await.status, 404);
    assert_eq!(org.control("POST", "/weather", &json!({ "rules": [{ "do": "rain" }] })).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_time_that_its_offset_pushes_out_of_four_digit_years_is_refused() {
    let org = Org::of(0).await;
    for (time, status) in [
        ("0000-01-01T00:00:00+14:00", 400),
        ("9999-12-31T23:59:59-14:00", 400),
        ("9999-12-31T23:59:59Z", 201),
    ] {
        let guest = json!({ "id": ADA, "createdTime": time });
        assert_eq!(org.control("POST", "/guests", &guest).await.status, status, "{time}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_cannot_choose_when_a_guest_was_created() {
    let org = Org::of(0).await;
    let old = json!({ "id": ADA, "createdTime": "2026-09-01T08:00:00Z", "active": false });
    let ada = org.post("/api/v2/guests", &old).await.body;
    assert_eq!((&ada["createdTime"], &ada["active"]), (&json!("2026-11-22T12:00:00.000Z"), &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn the_control_port_refuses_in_the_same_form_and_every_answer_has_a_correlation_id() {
    let org = Org::of(0).await;
    for (method, path, status, allow) in [
        ("GET", "/nowhere", 404, ""),
        ("POST", "/ledger", 405, "GET, HEAD"),
        ("GET", "/weather", 405, "POST"),
        ("GET", "/guests/42", 405, "POST, DELETE"),
        ("GET", "/ledger?since=x", 400, ""),
        ("GET", "/ledger", 200, ""),
        ("GET", "/stats", 200, ""),
    ] {
        let told = org.control(method, path, &json!(null)).await;
        assert_eq!((told.status, told.header("allow")), (status, allow), "{method} {path}");
        let id = told.header("inin-correlation-id").to_owned();
        assert_eq!(id.len(), 36, "{method} {path}");
        if status != 200 {
            assert_eq!((&told.body["status"], &told.body["contextId"]), (&json!(status), &json!(id)));
        }
    }
    for share in [json!(-0.1), json!(1.1), json!("0.5")] {
        let weather = json!({ "rules": [{ "share": share, "do": "500" }] });
        assert_eq!(org.control("POST", "/weather", &weather).await.status, 400, "{share}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_window_of_a_token_that_is_gone_stays_in_the_statistics() {
    let mut org = Org::of(0).await;
    for _ in 0..3 {
        org.get("/api/v2/guests").await;
    }
    org.delete("/api/v2/tokens/me").await;
    org.sign_in().await;
    org.get("/api/v2/guests").await;
    org.control("POST", "/clock", &json!({ "advanceSeconds": 86_400 })).await;
    org.sign_in().await;
    let stats = org.control("GET", "/stats", &json!(null)).await.body;
    assert_eq!(stats["windows"], json!({ "requests": [4, 1], "most": 4 }));
}
