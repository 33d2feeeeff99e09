-- An invoice bears what its buyer is helped with and, beside it, what its seller is; a row may count on both sides.
DROP TRIGGER allocations_use;
--;;
CREATE TRIGGER allocations_use AFTER INSERT ON allocations
BEGIN UPDATE invoices SET
    allocated = allocated + CASE WHEN NEW.side IS 'seller' THEN 0 ELSE NEW.amount END,
    sold = sold + CASE WHEN NEW.side IS NULL THEN 0 ELSE NEW.amount END
WHERE id = NEW.invoice_id; END;
--;;
DROP TRIGGER allocations_release;
--;;
CREATE TRIGGER allocations_release BEFORE INSERT ON allocations
WHEN NEW.releases_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM allocations a WHERE a.id = NEW.releases_id AND a.amount = -NEW.amount AND a.invoice_id = NEW.invoice_id
        AND a.claim_id = NEW.claim_id AND a.side IS NEW.side)
BEGIN SELECT RAISE(ABORT, 'allocations: a release takes back exactly what it names'); END;
--;;
CREATE TRIGGER allocations_side BEFORE INSERT ON allocations WHEN NEW.side NOT IN ('seller', 'both')
BEGIN SELECT RAISE(ABORT, 'allocations: no such side'); END;
