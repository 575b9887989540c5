-- From here on a natural identity begins with 't:' and the start: 0001 says how it was written before. Nothing is
-- rewritten, an import renews what it meets. The number keeps older versions away, which would not recognise them.
SELECT 1;
