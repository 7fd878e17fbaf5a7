import { Box } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { FailureNotice } from "./failure-notice";

type State = { problem: unknown; broken: boolean };

/** A fault in one screen stays in that screen: the shell, the outbox and the run go on. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { problem: null, broken: false };

  static getDerivedStateFromError(problem: unknown): State {
    return { problem, broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <Box p="lg" maw={640}>
        <FailureNotice
          problem={this.state.problem}
          action="Show the screen again"
          onAction={() => this.setState({ problem: null, broken: false })}
        />
      </Box>
    );
  }
}
