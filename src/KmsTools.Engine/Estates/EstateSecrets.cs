using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.Estates;

/// <summary>Gets the secrets of an import, each once.</summary>
internal sealed class EstateSecrets(Func<EstateQuestion, Secret>? ask) : IDisposable
{
    private readonly Dictionary<EstateSecret, Secret> _known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<EstateSecret, string> _reasons = new(ReferenceEqualityComparer.Instance);

    /// <summary>What is asked for to use a cluster.</summary>
    public static EstateQuestion PinOf(string clusterId) => new("PIN", $"the crypto user of {clusterId}", "pinFrom");

    /// <summary>What is asked for to use the proxy of an external key store.</summary>
    public static EstateQuestion SecretAccessKeyOf(string keyStore) => new("secret access key", $"the proxy of {keyStore}", "secretFrom");

    /// <summary>The secret if it can be obtained without asking, or null. This object keeps ownership of the secret.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="question">What it is.</param>
    public Secret? Find(EstateSecret secret, EstateQuestion question)
    {
        if (_known.TryGetValue(secret, out Secret? known))
        {
            return known;
        }

        Secret? found = secret.Source switch
        {
            EstateSecretSource.Plaintext => secret.Plaintext!.Use(Secret.CopyOf),
            EstateSecretSource.Environment => Environment.GetEnvironmentVariable(secret.Name) is { Length: > 0 } text
                ? Secret.TakeOver(Encoding.UTF8.GetBytes(text))
                : null,
            EstateSecretSource.File => Read(secret, question),
            _ => null,
        };
        return found is null ? null : _known[secret] = found;
    }

    /// <summary>Why the secret cannot be obtained, or null when it can.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="question">What it is.</param>
    public string? Missing(EstateSecret secret, EstateQuestion question) => secret.Source switch
    {
        EstateSecretSource.Prompt => ask is null ? $"The {question.What} cannot be asked for here: no user is present." : null,
        EstateSecretSource.Environment when Find(secret, question) is null =>
            $"The environment variable {secret.Name} is not set: it holds the {question.What}.",
        EstateSecretSource.File when Find(secret, question) is null => _reasons[secret],
        _ => null,
    };

    /// <summary>The secret in the form that the API accepts; the user may be asked for it.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="question">What it is, as in the question.</param>
    public string Get(EstateSecret secret, EstateQuestion question)
    {
        if (Find(secret, question) is not { } known)
        {
            known = _known[secret] = secret.Source == EstateSecretSource.Prompt && ask is not null
                ? ask(question)
                : throw new EstateException(
                    [new EstateError(secret.Position, Missing(secret, question) ?? $"The {question.What} cannot be had.")]);
        }

        return known.Use(static bytes => Encoding.UTF8.GetString(bytes));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Secret secret in _known.Values)
        {
            secret.Dispose();
        }
    }

    private Secret? Read(EstateSecret secret, EstateQuestion question)
    {
        if (SecretFile.TryRead(secret.Name, question.What, isInPrivateFolder: false, out Secret? read, out string? reason))
        {
            return read;
        }

        _reasons[secret] = reason;
        return null;
    }
}
