// SoftHSM finds its tokens by an environment variable of the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
