import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import type { NoticeView } from "../ipc/bindings";
import { useStatus } from "../queries";
import { auditHref, screenHref, useRoute } from "../routes";
import { CopyText } from "./copy-text";
import { LossNotice } from "./loss";
import { Shown } from "./shown-text";

const isLoss = (notice: NoticeView) => notice.id.startsWith("loss-");

/** What the person should know of the folder that is open, above every screen until they have read it. */
export function Notices() {
  const { notices } = useStatus();
  const [read, setRead] = useState<string[]>([]);
  const { screen, part } = useRoute();
  // What the screen below tells by itself, with the answers to it, is not told twice.
  const toldBelow = (id: string) =>
    screen === "retention" ? id.startsWith("retention-ask-") : part === "audit" && id.startsWith("audit-broken");
  const shown = notices.filter((notice) => !read.includes(notice.id) && !toldBelow(notice.id));
  if (shown.length === 0) return null;
  return (
    <Stack flex="none" p="sm" gap="xs">
      {shown.filter(isLoss).map((notice) => (
        <LossNotice key={notice.id} notice={notice} />
      ))}
      {shown
        .filter((notice) => !isLoss(notice))
        .map((notice) => (
          <Alert
            key={notice.id}
            color="orange"
            icon={<IconAlertTriangle size={18} aria-hidden />}
            title={notice.title}
            withCloseButton
            closeButtonLabel="I have read this"
            onClose={() => setRead((old) => [...old, notice.id])}
          >
            <Text size="xs">
              <Shown text={notice.message} />
            </Text>
            {notice.id.startsWith("retention-ask-") && (
              <Anchor href={screenHref("retention")} size="xs">
                Open Retention
              </Anchor>
            )}
            {notice.id.startsWith("audit-broken") && (
              <Anchor href={auditHref} size="xs">
                Open the audit log
              </Anchor>
            )}
            {notice.paths.map((path) => (
              <CopyText key={path} text={path} label="Copy the path" />
            ))}
          </Alert>
        ))}
    </Stack>
  );
}
