using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11;

/// <content>Copies to an HSM the keys that the others hold.</content>
internal sealed partial class HsmConnection
{
    /// <inheritdoc/>
    public string? TrySharing()
    {
        ThrowIfClosed();
        ImmutableArray<ClusterMember> active = Active();
        HsmException?[] failures = ManageAll(active, [.. active.Select(_ => new TransportKeyCall(_limits))]);

        // An HSM that is lost in the meantime says nothing of what it can do.
        return failures.FirstOrDefault(static failure => failure is not null and not { Failure: HsmFailure.Unreachable })?.Message;
    }

    /// <inheritdoc/>
    public HsmSynchronization Synchronize(HsmToken newcomer)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(newcomer);
        ClusterMember joining = _members.FirstOrDefault(member => member.Token == newcomer)
            ?? throw new ArgumentException("The HSM is not one of the cluster's.", nameof(newcomer));
        ImmutableArray<ClusterMember> others = _members.Remove(joining);
        ListKeysCall held = new();
        joining.Hsm.Manage(held);
        if (others.IsEmpty)
        {
            return new(0, 0, []);
        }

        ListKeysCall[] calls = [.. others.Select(static _ => new ListKeysCall())];
        HsmException?[] failures = ManageAll(others, calls);
        if (failures.All(static failure => failure is not null))
        {
            throw Combine(others, failures);
        }

        HashSet<string> known = [.. held.Keys.Where(static key => key.IsUsable).Select(static key => key.Id)];
        HashSet<string> seen = [];
        int alreadyThere = 0;
        int copied = 0;
        List<HsmKeyObject> notCopied = [];
        string? reason = null;
        IEnumerable<(ClusterMember, HsmKeyObject)> theirs =
            others.SelectMany((member, index) => calls[index].Keys.Select(key => (member, key)));
        foreach ((ClusterMember member, HsmKeyObject key) in theirs)
        {
            if (!key.IsUsable || (key.Id.Length > 0 && !seen.Add(key.Id)))
            {
                continue;
            }

            byte[] id = Convert.FromHexString(key.Id);
            if (id.Length > 0 && known.Contains(key.Id) && IsSameKey(member, joining, id))
            {
                alreadyThere++;
            }
            else if (id.Length > 0 && !known.Contains(key.Id) && TryCopy(member, joining, key.Label, id, ref reason))
            {
                copied++;
            }
            else
            {
                notCopied.Add(key);
            }
        }

        return new(alreadyThere, copied, [.. notCopied]) { Reason = reason };
    }

    /// <param name="source">The HSM that holds the key.</param>
    /// <param name="target">The HSM that is to hold it.</param>
    /// <param name="label">Label of the key.</param>
    /// <param name="id">ID of the key.</param>
    /// <param name="reason">Receives what failed, unless it is that the key may not leave its HSM.</param>
    private bool TryCopy(ClusterMember source, ClusterMember target, string label, byte[] id, ref string? reason)
    {
        ImportKeyCall? import = null;
        ExportKeyCall? export = null;
        try
        {
            TransportKeyCall transport = new(_limits);
            target.Hsm.Manage(transport);
            export = new([transport.PublicKey!], id);
            source.Hsm.Manage(export);
            import = new(label, id, export.Wrapped[0]);
            target.Hsm.Manage(import);
            if (IsSameKey(source, target, id))
            {
                return true;
            }
        }
        catch (HsmException exception)
        {
            // Most keys cannot leave their HSM.
            reason = export?.CannotLeave == true ? reason : $"{exception.Message.TrimEnd('.')}.";
        }
        finally
        {
            export?.Dispose();
        }

        if (import is not null && import.GiveUp() is not null)
        {
            _ = Remove([target], id, [0]);
        }

        return false;
    }

    /// <summary>Whether one HSM decrypts what the other encrypts.</summary>
    private static bool IsSameKey(ClusterMember one, ClusterMember other, ReadOnlySpan<byte> id)
    {
        Span<byte> plaintext = stackalloc byte[16];
        Span<byte> ciphertext = stackalloc byte[16 + Overhead];
        Span<byte> again = stackalloc byte[16];
        RandomNumberGenerator.Fill(plaintext);
        EncryptCall encrypt = new(plaintext, [], ciphertext);
        DecryptCall decrypt = new(ciphertext, [], again);
        try
        {
            one.Hsm.RunPatiently(id, ref encrypt);
            other.Hsm.RunPatiently(id, ref decrypt);
            return plaintext.SequenceEqual(again);
        }
        catch (HsmException exception) when (exception.Failure is HsmFailure.AuthenticationFailed or HsmFailure.NotPermitted)
        {
            return false;
        }
    }
}
