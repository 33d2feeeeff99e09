CREATE TRIGGER notice_entries_frozen BEFORE UPDATE OF notice_id, application_id, name, voucher_kind, amount ON notice_entries
BEGIN SELECT RAISE(ABORT, 'notice_entries: what was decided is frozen'); END;
