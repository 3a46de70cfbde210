using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11;

/// <content>What goes to all HSMs.</content>
internal sealed partial class HsmConnection
{
    private const int MaximumTries = 3;

    /// <inheritdoc/>
    public ulong GenerateKey(string label, ReadOnlySpan<byte> id)
    {
        ThrowIfDisposed();
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
                    $"{active.Length} of {_members.Length} HSMs are active. A highly available cluster needs two to make a key.");
            }

            if (active.Length <= 1)
            {
                return GenerateIn(active.IsEmpty ? _members[0] : active[0], label, ownId);
            }

            if (TryGenerateInAll(active, label, ownId, mayGiveUp: attempt < MaximumTries, out ulong handle))
            {
                return handle;
            }
        }
    }

    /// <inheritdoc/>
    public bool DestroyKey(ReadOnlySpan<byte> id)
    {
        ThrowIfDisposed();
        RequireId(id);
        byte[] ownId = id.ToArray();
        DestroyKeyCall[] calls = [.. _members.Select(_ => new DestroyKeyCall(ownId))];
        HsmException?[] failures = ManageAll(_members, calls);
        if (failures.Any(static failure => failure is not null))
        {
            throw Together(_members, failures);
        }

        return Array.Exists(calls, static call => call.Found);
    }

    /// <inheritdoc/>
    public ImmutableArray<HsmInventory> ListKeys()
    {
        ThrowIfDisposed();
        ListKeysCall[] calls = [.. _members.Select(static _ => new ListKeysCall())];
        HsmException?[] failures = ManageAll(_members, calls);
        ImmutableArray<string> names = HsmToken.Names([.. _members.Select(static member => member.Token)]);
        return
        [
            .. _members.Select((member, index) => failures[index] is { } failure
                ? new HsmInventory(member.Token, failure.Message, []) { Name = names[index] }
                : new HsmInventory(member.Token, null, [.. calls[index].Keys.Select(key => key with { TokenLabel = names[index] })]) { Name = names[index] }),
        ];
    }

    /// <inheritdoc/>
    public ImmutableArray<HsmStatus> Status()
    {
        ThrowIfDisposed();
        StatusCall[] calls = [.. _members.Select(static _ => new StatusCall())];
        HsmException?[] failures = ManageAll(_members, calls);
        return
        [
            .. _members.Select((member, index) => failures[index] is null
                ? calls[index].Info.ToStatus(member.Library) with { KeyCount = calls[index].KeyCount }
                : new HsmStatus(member.Token.TokenLabel, member.Token.SerialNumber, HsmState.DEGRADED, "", "", "", member.Library) { Uri = HsmUri.Of(member.Library, member.Token) }),
        ];
    }

    /// <inheritdoc/>
    public void ChangePin(ReadOnlySpan<byte> newPin)
    {
        ThrowIfDisposed();
        using Secret next = Secret.CopyOf(newPin);
        ImmutableArray<ClusterMember> active = Active();
        if (active.Length < _members.Length)
        {
            IEnumerable<string> lost = _members.Except(active).Select(static member => $"'{member.Token.TokenLabel}'");
            throw new HsmException(
                HsmFailure.Unreachable, $"The PIN is changed in all HSMs or in none, and these are not active: {string.Join(", ", lost)}.");
        }

        Secret[] old = [.. _members.Select(static member => member.Hsm.CurrentPin())];
        int changing = 0;
        try
        {
            for (; changing < _members.Length; changing++)
            {
                _members[changing].Hsm.ChangePin(old[changing], next);
            }
        }
        catch (HsmException exception)
        {
            List<string> left = RestorePins(changing + 1, old, next);
            if (left.Count > 0)
            {
                throw new HsmException(
                    exception.Failure, $"{exception.Message} These HSMs may have the new PIN now: {string.Join(", ", left)}.", exception);
            }

            throw;
        }
        finally
        {
            Array.ForEach(old, static pin => pin.Dispose());
        }
    }

    /// <inheritdoc/>
    public HsmSynchronization Synchronize(HsmToken newcomer)
    {
        ThrowIfDisposed();
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
            throw Together(others, failures);
        }

        HashSet<string> known = [.. held.Keys.Where(static key => key.IsUsable).Select(static key => key.Id)];
        HashSet<string> seen = [];
        int alreadyThere = 0;
        int copied = 0;
        List<HsmKeyObject> notCopied = [];
        foreach ((ClusterMember member, HsmKeyObject key) in others.SelectMany((member, index) => calls[index].Keys.Select(key => (member, key))))
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
            else if (id.Length > 0 && !known.Contains(key.Id) && TryCopy(member, joining, key.Label, id))
            {
                copied++;
            }
            else
            {
                notCopied.Add(key);
            }
        }

        return new(alreadyThere, copied, [.. notCopied]);
    }

    private static ulong GenerateIn(ClusterMember member, string label, byte[] id)
    {
        GenerateKeyCall call = new(label, id);
        try
        {
            member.Hsm.Manage(call);
            return call.Key;
        }
        catch (Exception exception) when (exception is HsmException or ObjectDisposedException)
        {
            throw GiveUp([member], [call], id, exception);
        }
    }

    /// <summary>
    /// Makes a key that all of several HSMs hold: a session key of the first travels wrapped by RSA to each, which keeps it where it can
    /// never leave again.
    /// </summary>
    /// <returns>False when an HSM was lost before it was asked to keep the key, so that it makes sense to begin again without it.</returns>
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
            return mayGiveUp ? false : throw Together(active, failures);
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
                throw Together(active, failures);
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
        catch (Exception exception) when (exception is HsmException or ObjectDisposedException)
        {
            throw GiveUp(active, imports, id, exception);
        }

        handle = imports[0].Key;
        return true;
    }

    /// <summary>Removes what there is of a key that not every HSM holds.</summary>
    /// <returns>
    /// The failure, which says what may be left. That the connection was closed is one too as soon as an HSM was asked: whoever tries the
    /// next connection must not take the key for somebody else's.
    /// </returns>
    private static Exception GiveUp(ImmutableArray<ClusterMember> members, IReadOnlyList<NewKeyCall> calls, byte[] id, Exception failure)
    {
        NewKeyEnd[] ends = [.. calls.Select(static call => call.GiveUp())];
        if (failure is ObjectDisposedException && Array.TrueForAll(ends, static end => end == NewKeyEnd.NeverAsked))
        {
            return failure;
        }

        int[] asked = [.. Enumerable.Range(0, ends.Length).Where(index => ends[index] != NewKeyEnd.NeverAsked)];
        bool[] removed = Remove([.. asked.Select(index => members[index])], id, mustBeFound: [.. asked.Select(index => ends[index] == NewKeyEnd.MayBeThere)]);
        return new HsmException((failure as HsmException)?.Failure ?? HsmFailure.Unreachable, failure.Message, failure)
        {
            IsInDoubt = Array.Exists(removed, static each => !each),
        };
    }

    private bool TryCopy(ClusterMember source, ClusterMember target, string label, byte[] id)
    {
        ImportKeyCall? import = null;
        try
        {
            TransportKeyCall transport = new(_limits);
            target.Hsm.Manage(transport);
            using ExportKeyCall export = new([transport.PublicKey!], id);
            source.Hsm.Manage(export);
            import = new(label, id, export.Wrapped[0]);
            target.Hsm.Manage(import);
            if (IsSameKey(source, target, id))
            {
                return true;
            }
        }
        catch (HsmException)
        {
            // Keys that cannot leave their HSM are the rule.
        }

        if (import is not null && import.GiveUp() != NewKeyEnd.NeverAsked)
        {
            _ = Remove([target], id, [false]);
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

    private List<string> RestorePins(int count, Secret[] old, Secret next)
    {
        List<string> left = [];
        for (int index = 0; index < count; index++)
        {
            try
            {
                _members[index].Hsm.RestorePin(old[index], next);
            }
            catch (HsmException)
            {
                left.Add($"'{_members[index].Token.TokenLabel}'");
            }
        }

        return left;
    }

    /// <summary>Removes a key from HSMs.</summary>
    /// <param name="members">The HSMs.</param>
    /// <param name="id">CKA_ID of the key.</param>
    /// <param name="mustBeFound">For each of them whether a search that does not find the key proves nothing.</param>
    /// <returns>Which HSMs surely hold it no more, and never will.</returns>
    private static bool[] Remove(ImmutableArray<ClusterMember> members, byte[] id, bool[] mustBeFound)
    {
        DestroyKeyCall[] calls = [.. members.Select(_ => new DestroyKeyCall(id))];
        try
        {
            HsmException?[] failures = ManageAll(members, calls);
            return [.. calls.Select((call, index) => failures[index] is null && (call.Found || !mustBeFound[index]))];
        }
        catch (ObjectDisposedException)
        {
            return new bool[members.Length];
        }
    }

    private ImmutableArray<ClusterMember> Active()
    {
        Task<bool>[] asked = [.. _members.Select(static member => Libraries.Detached.Start(member.Hsm.IsActive))];
        return [.. _members.Where((_, index) => asked[index].GetAwaiter().GetResult())];
    }

    /// <summary>Gives each HSM its work at the same time and waits for all.</summary>
    /// <returns>What went wrong with each, or null.</returns>
    private static HsmException?[] ManageAll(ImmutableArray<ClusterMember> members, IReadOnlyList<IObjectCall> calls)
    {
        Task<bool>[] works = [.. members.Select((member, index) => member.Hsm.StartManaging(calls[index]))];
        HsmException?[] failures = new HsmException?[members.Length];
        for (int index = 0; index < works.Length; index++)
        {
            try
            {
                members[index].Hsm.Finish(works[index]);
            }
            catch (HsmException exception)
            {
                failures[index] = exception;
            }
        }

        return failures;
    }

    private static HsmException Together(ImmutableArray<ClusterMember> members, HsmException?[] failures)
    {
        (HsmToken Token, HsmException Failure)[] failed =
            [.. members.Select((member, index) => (member.Token, failures[index])).Where(static pair => pair.Item2 is not null)!];
        HsmException telling = (failed.FirstOrDefault(static pair => pair.Failure.Failure != HsmFailure.Unreachable).Failure) ?? failed[0].Failure;
        return failed.Length == 1 && members.Length == 1
            ? telling
            : new(
                telling.Failure,
                string.Join(" ", failed.Select(static pair => $"HSM '{pair.Token.TokenLabel}': {pair.Failure.Message.TrimEnd('.')}.")),
                telling);
    }
}
