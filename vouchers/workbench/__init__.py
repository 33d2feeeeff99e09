"""工作台: what needs me, and what stands where; pages that look across slices. Owns no tables."""
