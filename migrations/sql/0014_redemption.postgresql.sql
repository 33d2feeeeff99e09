CREATE TRIGGER claims_frozen BEFORE UPDATE OF amount, base, invoice_id, declared, order_id, voucher_id, provider_id, payee_id ON claims
    FOR EACH ROW WHEN (OLD.state NOT IN ('draft', 'returned')) EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER claims_no_delete BEFORE DELETE ON claims FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER invoices_frozen BEFORE UPDATE OF key, seller_uscc, buyer_uscc, issued_on, net, tax, gross, sha256, file_id ON invoices
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER allocations_no_change BEFORE UPDATE OR DELETE ON allocations FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER allocations_no_truncate BEFORE TRUNCATE ON allocations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;;
CREATE FUNCTION allocations_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.releases_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM allocations a WHERE a.id = NEW.releases_id AND a.amount = -NEW.amount
            AND a.invoice_id = NEW.invoice_id AND a.claim_id = NEW.claim_id) THEN
        RAISE EXCEPTION 'allocations: a release takes back exactly what it names' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE invoices SET allocated = allocated + NEW.amount WHERE id = NEW.invoice_id;
    RETURN NULL;
END $$;
--;;
CREATE TRIGGER allocations_use AFTER INSERT ON allocations FOR EACH ROW EXECUTE FUNCTION allocations_use();
--;;
CREATE TRIGGER invoices_allocated BEFORE UPDATE OF allocated ON invoices
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
