CREATE TRIGGER notice_entries_frozen BEFORE UPDATE OF notice_id, application_id, name, voucher_kind, amount ON notice_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
