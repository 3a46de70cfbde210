using System.Runtime.CompilerServices;
using KmsTools.Caching;
using KmsTools.Keys;

namespace KmsTools.Authorization;

/// <summary>
/// The compiled policies of keys. A key that was read before has its policy as the same text, which is found without comparing it; one that
/// was just read has an equal text. Most keys of a store have the same policy.
/// </summary>
internal sealed class KeyPolicyCache
{
    private const int MaxTexts = 1000;

    private readonly ConditionalWeakTable<string, StrongBox<PolicyDocument?>> _byInstance = [];
    private readonly BoundedCache<string, StrongBox<PolicyDocument?>> _byText = new(MaxTexts);

    /// <summary>The policy of a key, compiled; null for one that is not valid, which allows nothing.</summary>
    public PolicyDocument? Of(Key key)
    {
        if (_byInstance.TryGetValue(key.Policy, out StrongBox<PolicyDocument?>? known))
        {
            return known.Value;
        }

        if (!_byText.TryGet(key.Policy, out known))
        {
            known = new StrongBox<PolicyDocument?>(Compile(key.Policy));
            _byText.Put(key.Policy, known);
        }

        _byInstance.AddOrUpdate(key.Policy, known);
        return known.Value;
    }

    private static PolicyDocument? Compile(string policy)
    {
        try
        {
            return PolicyDocument.Read(policy, PolicyForm.Key, PolicyKind.ResourceBased, KeyPolicy.Name);
        }
        catch (KmsException)
        {
            // Checked when it was put, so only a damaged store has one.
            return null;
        }
    }
}
