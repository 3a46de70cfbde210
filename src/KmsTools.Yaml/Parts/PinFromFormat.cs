using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>The source of a PIN.</summary>
internal sealed class PinFromFormat() : PartFormat<EstatePin>("pinFrom", "The source of the PIN of the crypto user: one of the members.")
{
    /// <summary>The one instance.</summary>
    public static readonly PinFromFormat Instance = new();

    private const string Needed = "A pinFrom has one of environment (the name of a variable), file (a path) and prompt (true).";

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstatePin>> Members { get; } =
    [
        Member("environment", Value.String, static pin => NameOf(pin, EstatePinSource.Environment),
            static (_, name) => new EstatePin(name.Position, EstatePinSource.Environment, name.Value),
            "The name of an environment variable."),
        Member("file", Value.String, static pin => NameOf(pin, EstatePinSource.File),
            static (_, file) => new EstatePin(file.Position, EstatePinSource.File, file.Value),
            "A file that contains the PIN. A relative path is relative to this file."),
        Member("prompt", new FlagFormat { Only = true }, static pin => pin.Source == EstatePinSource.Prompt ? new(true) : null,
            static (pin, _) => pin,
            "Prompts the user."),
    ];

    /// <inheritdoc/>
    protected override string OneOnly => Needed;

    /// <inheritdoc/>
    protected override EstatePin Begin(SourcePosition position) => new(position, EstatePinSource.Prompt);

    /// <inheritdoc/>
    protected override EstatePin Check(YamlObject given, EstatePin part)
    {
        if (given.Count == 1 && given.Node("prompt") is YamlText { Flag: false })
        {
            given.Error(given.Position, Needed);
        }

        return part;
    }

    private static Located<string>? NameOf(EstatePin pin, EstatePinSource source) => pin.Source == source ? new(pin.Name) : null;
}
