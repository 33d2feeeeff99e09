DROP TRIGGER allocations_side;
--;;
DROP TRIGGER allocations_use;
--;;
CREATE TRIGGER allocations_use AFTER INSERT ON allocations
BEGIN UPDATE invoices SET allocated = allocated + NEW.amount WHERE id = NEW.invoice_id; END;
--;;
DROP TRIGGER allocations_release;
--;;
CREATE TRIGGER allocations_release BEFORE INSERT ON allocations
WHEN NEW.releases_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM allocations a WHERE a.id = NEW.releases_id AND a.amount = -NEW.amount AND a.invoice_id = NEW.invoice_id AND a.claim_id = NEW.claim_id)
BEGIN SELECT RAISE(ABORT, 'allocations: a release takes back exactly what it names'); END;
