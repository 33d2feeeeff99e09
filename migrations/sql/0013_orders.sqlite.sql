CREATE TRIGGER order_versions_no_update BEFORE UPDATE ON order_versions
BEGIN SELECT RAISE(ABORT, 'order_versions are append-only'); END;
--;;
CREATE TRIGGER order_versions_no_delete BEFORE DELETE ON order_versions
BEGIN SELECT RAISE(ABORT, 'order_versions are append-only'); END;
--;;
CREATE TRIGGER orders_frozen BEFORE UPDATE OF voucher_id, offering_id, enterprise_id, provider_id, number ON orders
BEGIN SELECT RAISE(ABORT, 'orders: what was decided is frozen'); END;
