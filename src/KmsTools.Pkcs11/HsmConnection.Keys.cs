using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11;

/// <content>Generates and destroys keys, in all HSMs.</content>
internal sealed partial class HsmConnection
{
    private const int MaxTries = 3;

    /// <inheritdoc/>
    public ulong GenerateKey(string label, ReadOnlySpan<byte> id)
    {
        ThrowIfClosed();
        ArgumentException.ThrowIfNullOrEmpty(label);
        RequireId(id);
        byte[] ownId = id.ToArray();
        if (_members.Length == 1 && !_isHighlyAvailable)
        {
            return GenerateIn(_members[0], label, ownId);
        }

        for (int attempt = 1; ; attempt++)
        {
            ImmutableArray<ClusterMember> active = Active();
            if (active.Length < 2 && _isHighlyAvailable)
            {
                throw new HsmException(
                    HsmFailure.TooFewHsms,
                    $"{active.Length} of {_members.Length} HSMs are active. A highly available cluster needs two to generate a key.");
            }

            if (active.Length <= 1)
            {
                return GenerateIn(active.IsEmpty ? _members[0] : active[0], label, ownId);
            }

            if (TryGenerateInAll(active, label, ownId, mayGiveUp: attempt < MaxTries, out ulong handle))
            {
                return handle;
            }
        }
    }

    /// <inheritdoc/>
    public bool DestroyKey(ReadOnlySpan<byte> id)
    {
        ThrowIfClosed();
        RequireId(id);
        byte[] ownId = id.ToArray();
        DestroyKeyCall[] calls = [.. _members.Select(_ => new DestroyKeyCall(ownId))];
        HsmException?[] failures = ManageAll(_members, calls);
        if (failures.Any(static failure => failure is not null))
        {
            throw Combine(_members, failures);
        }

        return Array.Exists(calls, static call => call.Found);
    }

    private static ulong GenerateIn(ClusterMember member, string label, byte[] id)
    {
        GenerateKeyCall call = new(label, id);
        try
        {
            member.Hsm.Manage(call);
            return call.Key;
        }
        catch (HsmException exception)
        {
            throw GiveUp([member], [call], id, exception);
        }
    }

    /// <summary>
    /// Generates a key that each of several HSMs holds: a session key of the first is sent to each one wrapped with RSA, and each keeps it
    /// so that it can never leave again.
    /// </summary>
    /// <returns>False when an HSM was lost before it was asked to keep the key, so that it makes sense to start over without it.</returns>
    private bool TryGenerateInAll(ImmutableArray<ClusterMember> active, string label, byte[] id, bool mayGiveUp, out ulong handle)
    {
        handle = 0;
        TransportKeyCall[] transport = [.. active.Select(_ => new TransportKeyCall(_limits))];
        HsmException?[] failures = ManageAll(active, transport);
        if (failures.FirstOrDefault(static failure => failure is not null and not { Failure: HsmFailure.Unreachable }) is { } unable)
        {
            throw unable;
        }

        if (failures.Any(static failure => failure is not null))
        {
            return mayGiveUp ? false : throw Combine(active, failures);
        }

        using ExportKeyCall export = new([.. transport.Select(static call => call.PublicKey!)]);
        try
        {
            active[0].Hsm.Manage(export);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.Unreachable && mayGiveUp)
        {
            return false;
        }

        ImportKeyCall[] imports = [.. active.Select((_, index) => new ImportKeyCall(label, id, export.Wrapped[index]))];
        try
        {
            failures = ManageAll(active, imports);
            if (failures.Any(static failure => failure is not null))
            {
                throw Combine(active, failures);
            }

            for (int index = 1; index < active.Length; index++)
            {
                if (!IsSameKey(active[0], active[index], id))
                {
                    throw new HsmException(
                        HsmFailure.Failed, $"The token '{active[index].Token.TokenLabel}' does not decrypt what the others encrypt.");
                }
            }
        }
        catch (HsmException exception)
        {
            throw GiveUp(active, imports, id, exception);
        }

        handle = imports[0].Key;
        return true;
    }

    /// <summary>Removes all copies of a key that not every HSM holds.</summary>
    /// <returns>The failure, which states what may be left.</returns>
    private static HsmException GiveUp(
        ImmutableArray<ClusterMember> members, IReadOnlyList<NewKeyCall> calls, byte[] id, HsmException failure)
    {
        (ClusterMember Member, int Copies)[] asked =
        [
            .. members.Zip(calls, static (member, call) => (Member: member, Copies: call.GiveUp()))
                .Where(static one => one.Copies is not null).Select(static one => (one.Member, one.Copies!.Value)),
        ];
        bool[] removed = Remove([.. asked.Select(static one => one.Member)], id, [.. asked.Select(static one => one.Copies)]);
        return new HsmException(failure.Failure, failure.Message, failure) { IsInDoubt = Array.Exists(removed, static each => !each) };
    }

    /// <summary>Removes a key from HSMs.</summary>
    /// <param name="members">The HSMs.</param>
    /// <param name="id">CKA_ID of the key.</param>
    /// <param name="copies">
    /// For each of them, how many copies it may hold: as long as not so many were destroyed, a search that finds none proves nothing.
    /// </param>
    /// <returns>For each of them, whether it certainly no longer holds the key, and never will.</returns>
    private static bool[] Remove(ImmutableArray<ClusterMember> members, byte[] id, int[] copies)
    {
        DestroyKeyCall[] calls = [.. members.Select(_ => new DestroyKeyCall(id))];
        HsmException?[] failures = ManageAll(members, calls);
        return [.. calls.Select((call, index) => failures[index] is null && call.Destroyed >= copies[index])];
    }
}
