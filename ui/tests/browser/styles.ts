// What `main.tsx` brings along.
import "@mantine/core/styles.css";
import "@mantine/spotlight/styles.css";
import "@mantine/notifications/styles.css";
import "@fontsource-variable/inter/index.css";
import "../../src/app.css";
