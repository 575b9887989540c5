-- Faults that are open, or lasted more than a day: lists of what is open, or touches a window, look at no others.
CREATE INDEX faults_lasting ON faults (workspace, started_at_ms) WHERE span > 0;
