CREATE TRIGGER payment_items_no_update BEFORE UPDATE ON payment_items
BEGIN SELECT RAISE(ABORT, 'payment_items are append-only'); END;
--;;
CREATE TRIGGER payment_items_no_delete BEFORE DELETE ON payment_items
BEGIN SELECT RAISE(ABORT, 'payment_items are append-only'); END;
