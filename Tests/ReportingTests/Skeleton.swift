// Skeleton.
import Testing
