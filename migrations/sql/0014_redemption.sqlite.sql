CREATE TRIGGER claims_frozen BEFORE UPDATE OF amount, base, invoice_id, declared, order_id, voucher_id, provider_id, payee_id ON claims WHEN OLD.state NOT IN ('draft', 'returned')
BEGIN SELECT RAISE(ABORT, 'claims: what was decided is frozen'); END;
--;;
CREATE TRIGGER claims_no_delete BEFORE DELETE ON claims
BEGIN SELECT RAISE(ABORT, 'claims are never deleted'); END;
--;;
CREATE TRIGGER invoices_frozen BEFORE UPDATE OF key, seller_uscc, buyer_uscc, issued_on, net, tax, gross, sha256, file_id ON invoices
BEGIN SELECT RAISE(ABORT, 'invoices: what was decided is frozen'); END;
--;;
CREATE TRIGGER allocations_no_update BEFORE UPDATE ON allocations
BEGIN SELECT RAISE(ABORT, 'allocations are append-only'); END;
--;;
CREATE TRIGGER allocations_no_delete BEFORE DELETE ON allocations
BEGIN SELECT RAISE(ABORT, 'allocations are append-only'); END;
--;;
CREATE TRIGGER allocations_use AFTER INSERT ON allocations
BEGIN UPDATE invoices SET allocated = allocated + NEW.amount WHERE id = NEW.invoice_id; END;
--;;
CREATE TRIGGER allocations_release BEFORE INSERT ON allocations
WHEN NEW.releases_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM allocations a WHERE a.id = NEW.releases_id AND a.amount = -NEW.amount AND a.invoice_id = NEW.invoice_id AND a.claim_id = NEW.claim_id)
BEGIN SELECT RAISE(ABORT, 'allocations: a release takes back exactly what it names'); END;
