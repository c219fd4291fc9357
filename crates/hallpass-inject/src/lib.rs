//! What a pod identity webhook does: (pod, service account, settings) to patch.
