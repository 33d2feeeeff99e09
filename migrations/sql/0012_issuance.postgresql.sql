CREATE TRIGGER vouchers_frozen BEFORE UPDATE OF number, code, application_id, enterprise_id, scheme_version_id, voucher_kind, face, valid_from, valid_until ON vouchers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER vouchers_no_delete BEFORE DELETE ON vouchers FOR EACH ROW EXECUTE FUNCTION refuse_change();
