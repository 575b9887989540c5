// Every test sees the environment the binary makes for itself: production mode, UTC as host zone.
import "../src/env.ts";
