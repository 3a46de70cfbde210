using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>The automatic rotation of a key. Errors refer to the most specific member.</summary>
internal sealed class RotationFormat() : PartFormat<EstateRotation>("rotation", "The automatic rotation.")
{
    /// <summary>The one instance.</summary>
    public static readonly RotationFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateRotation>> Members { get; } =
    [
        Member("enabled", new FlagFormat { Default = true }, static rotation => new(rotation.Enabled),
            static (rotation, enabled) => rotation with { Position = enabled.Position, Enabled = enabled.Value },
            "Whether automatic rotation is on. The default is true."),
        Member("periodInDays", new NumberFormat(90, 2560) { Default = 365 },
            static rotation => rotation.PeriodInDays is { } period ? new(period) : null,
            static (rotation, period) => rotation with { Position = period.Position, PeriodInDays = period.Value },
            "Days between rotations. The default is 365."),
    ];

    /// <inheritdoc/>
    protected override EstateRotation Begin(SourcePosition position) => new(position, Enabled: true);
}
