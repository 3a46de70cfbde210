using System.Collections.Concurrent;

namespace KmsTools.KeyStores;

/// <summary>
/// The material of keys that no HSM held when this process last compared the HSMs with the store: at a connect, or when a user asked. Only
/// the HSMs know it, so it is not saved.
/// </summary>
internal sealed class LostKeyMaterial
{
    private readonly ConcurrentDictionary<string, bool> _lost = new(StringComparer.Ordinal);

    /// <summary>Whether no HSM held material.</summary>
    public bool Has(string backingKeyId) => _lost.ContainsKey(backingKeyId);

    /// <summary>Keeps what a comparison has found.</summary>
    /// <param name="compared">The material of keys that was looked for.</param>
    /// <param name="isHeld">Whether an HSM holds it.</param>
    /// <param name="isComplete">Whether all HSMs answered: otherwise what was not found may be in the others.</param>
    public void Record(IEnumerable<string> compared, Func<string, bool> isHeld, bool isComplete)
    {
        foreach (string id in compared)
        {
            if (isHeld(id))
            {
                _lost.TryRemove(id, out _);
            }
            else if (isComplete)
            {
                _lost[id] = true;
            }
        }
    }
}
