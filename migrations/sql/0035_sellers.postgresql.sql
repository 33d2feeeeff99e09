-- An invoice bears what its buyer is helped with and, beside it, what its seller is; a row may count on both sides.
CREATE OR REPLACE FUNCTION allocations_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.side NOT IN ('seller', 'both') THEN
        RAISE EXCEPTION 'allocations: no such side' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.releases_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM allocations a WHERE a.id = NEW.releases_id AND a.amount = -NEW.amount
            AND a.invoice_id = NEW.invoice_id AND a.claim_id = NEW.claim_id AND a.side IS NOT DISTINCT FROM NEW.side) THEN
        RAISE EXCEPTION 'allocations: a release takes back exactly what it names' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE invoices SET
        allocated = allocated + CASE WHEN NEW.side IS NOT DISTINCT FROM 'seller' THEN 0 ELSE NEW.amount END,
        sold = sold + CASE WHEN NEW.side IS NULL THEN 0 ELSE NEW.amount END
    WHERE id = NEW.invoice_id;
    RETURN NULL;
END $$;
--;;
DROP TRIGGER invoices_allocated ON invoices;
--;;
CREATE TRIGGER invoices_allocated BEFORE UPDATE OF allocated, sold ON invoices
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
