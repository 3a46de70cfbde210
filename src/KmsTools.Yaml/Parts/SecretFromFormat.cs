using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>The source of a secret.</summary>
internal sealed class SecretFromFormat : PartFormat<EstateSecret>
{
    /// <summary>The source of a PIN.</summary>
    public static readonly SecretFromFormat Pin = new("pinFrom", "The source of the PIN of the crypto user", "the PIN");

    /// <summary>The source of the secret access key for a proxy.</summary>
    public static readonly SecretFromFormat SecretAccessKey = new(
        "secretFrom", "The source of the secret access key of the proxy", "the secret access key");

    private readonly string _needed;

    private SecretFromFormat(string name, string description, string secret)
        : base(name, $"{description}: one of the members.")
    {
        _needed = $"A {name} has one of environment (the name of a variable), file (a path) and prompt (true).";
        Members =
        [
            Member("environment", Value.String, static from => NameOf(from, EstateSecretSource.Environment),
                static (_, name) => new EstateSecret(name.Position, EstateSecretSource.Environment, name.Value),
                "The name of an environment variable."),
            Member("file", Value.String, static from => NameOf(from, EstateSecretSource.File),
                static (_, file) => new EstateSecret(file.Position, EstateSecretSource.File, file.Value),
                $"A file that contains {secret}. A relative path is relative to this file."),
            Member("prompt", new FlagFormat { Only = true },
                static from => from.Source == EstateSecretSource.Prompt ? new(true) : null,
                static (from, _) => from,
                "Prompts the user."),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateSecret>> Members { get; }

    /// <inheritdoc/>
    protected override string OneOnly => _needed;

    /// <inheritdoc/>
    protected override EstateSecret Begin(SourcePosition position) => new(position, EstateSecretSource.Prompt);

    /// <inheritdoc/>
    protected override EstateSecret Check(YamlObject given, EstateSecret part)
    {
        if (given.Count == 1 && given.Node("prompt") is YamlText { Flag: false })
        {
            given.Error(given.Position, _needed);
        }

        return part;
    }

    private static Located<string>? NameOf(EstateSecret from, EstateSecretSource source) => from.Source == source ? new(from.Name) : null;
}
