// Skeleton: this room is being furnished.
