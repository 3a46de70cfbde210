using System.Text;
using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Estates;

/// <summary>Gets the PINs of an import, each once.</summary>
internal sealed class EstatePins(Func<string, Secret>? ask) : IDisposable
{
    private readonly Dictionary<EstatePin, Secret> _known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<EstatePin, string> _reasons = new(ReferenceEqualityComparer.Instance);

    /// <summary>The PIN if it can be obtained without asking, or null. This object keeps ownership of the secret.</summary>
    public Secret? Find(EstatePin pin)
    {
        if (_known.TryGetValue(pin, out Secret? known))
        {
            return known;
        }

        Secret? found = pin.Source switch
        {
            EstatePinSource.Plaintext => pin.Plaintext!.Use(Secret.CopyOf),
            EstatePinSource.Environment => Environment.GetEnvironmentVariable(pin.Name) is { Length: > 0 } text
                ? Secret.TakeOver(Encoding.UTF8.GetBytes(text))
                : null,
            EstatePinSource.File => Read(pin),
            _ => null,
        };
        return found is null ? null : _known[pin] = found;
    }

    /// <summary>Why the PIN cannot be obtained, or null when it can.</summary>
    public string? Missing(EstatePin pin) => pin.Source switch
    {
        EstatePinSource.Prompt => ask is null ? "The PIN cannot be asked for here: no user is present." : null,
        EstatePinSource.Environment when Find(pin) is null => $"The environment variable {pin.Name} is not set: it holds the PIN.",
        EstatePinSource.File when Find(pin) is null => _reasons[pin],
        _ => null,
    };

    /// <summary>The PIN; the user may be asked for it.</summary>
    /// <param name="pin">The PIN.</param>
    /// <param name="clusterId">The cluster, to be named in the question.</param>
    public string Get(EstatePin pin, string clusterId)
    {
        if (Find(pin) is not { } secret)
        {
            secret = _known[pin] = pin.Source == EstatePinSource.Prompt && ask is not null
                ? ask(clusterId)
                : throw new EstateException([new EstateError(pin.Position, Missing(pin) ?? "The PIN cannot be had.")]);
        }

        return Text(secret);
    }

    /// <summary>The PIN in the form that the API accepts.</summary>
    public static string Text(Secret pin) => pin.Use(static bytes => Encoding.UTF8.GetString(bytes));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Secret secret in _known.Values)
        {
            secret.Dispose();
        }
    }

    private Secret? Read(EstatePin pin)
    {
        if (PinFile.TryRead(pin.Name, out Secret? read, out string? reason))
        {
            return read;
        }

        _reasons[pin] = reason;
        return null;
    }
}
