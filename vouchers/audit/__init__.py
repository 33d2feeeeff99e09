"""留痕: every act leaves one event, chained by hash; nothing changes without one. Owns audit_…, restorations."""
