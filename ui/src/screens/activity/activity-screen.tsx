import { Tabs } from "@mantine/core";
import { ScreenPage } from "../../parts/screen-page";
import { auditHref, go, screenHref, useRoute } from "../../routes";
import classes from "./activity.module.css";
import { AuditLog } from "./audit-log";
import { RequestLog } from "./request-log";

const purposes = {
  requests:
    "What the console asked of the org and what came back. No secret, no token and no text of a message is kept here.",
  audit: "Who did what with this console, line by line in a chain that shows when one was changed or cut off.",
};

export function ActivityScreen() {
  const shown = useRoute().part === "audit" ? "audit" : "requests";
  return (
    <ScreenPage title="Activity" purpose={purposes[shown]} fill>
      <Tabs
        className={classes.tabs}
        value={shown}
        onChange={(value) => go(value === "audit" ? auditHref : screenHref("activity"))}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          <Tabs.Tab value="requests" fz="sm">
            Request log
          </Tabs.Tab>
          <Tabs.Tab value="audit" fz="sm">
            Audit log
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="requests" className={classes.panel}>
          <RequestLog />
        </Tabs.Panel>
        <Tabs.Panel value="audit" className={classes.panel}>
          <AuditLog />
        </Tabs.Panel>
      </Tabs>
    </ScreenPage>
  );
}
