CREATE OR REPLACE FUNCTION allocations_use() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER invoices_allocated ON invoices;
--;;
CREATE TRIGGER invoices_allocated BEFORE UPDATE OF allocated ON invoices
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
