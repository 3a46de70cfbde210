namespace KmsTools.Yaml;

/// <summary>A replica of a multi-Region key.</summary>
internal sealed class ReplicaFormat() : KeySettings("replica", "A replica of a multi-Region key.")
{
    /// <summary>The one instance.</summary>
    public static readonly ReplicaFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<Estates.EstateKey>> Members { get; } =
    [
        Region("The Region of the replica.", isRequired: true),
        Aliases("The aliases, in the Region of the replica."),
        Description,
        Enabled,
        Policy,
        BypassPolicyLockoutSafetyCheck,
        Tags,
        Grants,
    ];
}
