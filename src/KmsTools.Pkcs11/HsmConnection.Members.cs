using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11;

/// <content>The contents, the health and the PIN of each HSM, and work that runs on all of them concurrently.</content>
internal sealed partial class HsmConnection
{
    /// <inheritdoc/>
    public ImmutableArray<HsmInventory> ListKeys()
    {
        ThrowIfClosed();
        ListKeysCall[] calls = [.. _members.Select(static _ => new ListKeysCall())];
        HsmException?[] failures = ManageAll(_members, calls);
        ImmutableArray<string> names = HsmToken.Names([.. _members.Select(static member => member.Token)]);
        return
        [
            .. _members.Select((member, index) =>
            {
                ImmutableArray<HsmKeyObject> keys =
                    failures[index] is null ? [.. calls[index].Keys.Select(key => key with { TokenLabel = names[index] })] : [];
                return new HsmInventory(member.Token, failures[index]?.Message, keys)
                {
                    Name = names[index],
                    Hidden = failures[index] is null ? calls[index].Hidden : [],
                };
            }),
        ];
    }

    /// <inheritdoc/>
    public ImmutableArray<HsmStatus> Status()
    {
        ThrowIfClosed();
        StatusCall[] calls = [.. _members.Select(static _ => new StatusCall())];
        HsmException?[] failures = ManageAll(_members, calls);
        return
        [
            .. _members.Select((member, index) => failures[index] is null
                ? calls[index].Info.ToStatus(member.Library) with { KeyCount = calls[index].KeyCount }
                : new HsmStatus(member.Token.TokenLabel, member.Token.SerialNumber, HsmState.DEGRADED, "", "", "", member.Library)
                {
                    Uri = HsmUri.Of(member.Library, member.Token),
                    Reason = failures[index]!.Message,
                }),
        ];
    }

    /// <inheritdoc/>
    public string? TryKeeping()
    {
        ThrowIfClosed();
        long now = Environment.TickCount64;
        ImmutableArray<ClusterMember> usable = [.. _members.Where(member => member.Hsm.IsUsable(now))];
        KeepingCall[] calls = [.. usable.Select(static _ => new KeepingCall())];
        _ = ManageAll(usable, calls);
        ClusterMember[] leaky = [.. usable.Where((_, index) => !calls[index].Keeps)];
        return leaky.Length == 0 ? null
            : string.Join(' ', leaky.Select(static member => $"The token '{member.Token.TokenLabel}' wraps keys that are not extractable:"
                + " whoever can log in to it can take them out."));
    }

    /// <inheritdoc/>
    public void ChangePin(ReadOnlySpan<byte> newPin)
    {
        ThrowIfClosed();
        using Secret next = Secret.CopyOf(newPin);
        ImmutableArray<ClusterMember> active = Active();
        if (active.Length < _members.Length)
        {
            IEnumerable<string> lost = _members.Except(active).Select(static member => $"'{member.Token.TokenLabel}'");
            throw new HsmException(
                HsmFailure.Unreachable, $"The PIN is changed in all HSMs or in none, and these are not active: {string.Join(", ", lost)}.");
        }

        Secret[] old = [.. _members.Select(static member => member.Hsm.CurrentPin())];
        int asked = 0;
        try
        {
            for (; asked < _members.Length; asked++)
            {
                _members[asked].Hsm.ChangePin(old[asked], next);
            }
        }
        catch (HsmException exception)
        {
            // One that refuses the length has the old PIN for certain.
            List<string> left = RestorePins(exception.Failure == HsmFailure.InvalidArgument ? asked : asked + 1, old, next);
            if (left.Count > 0)
            {
                throw new HsmException(
                    exception.Failure, $"{exception.Message} These HSMs may have the new PIN now: {string.Join(", ", left)}.", exception)
                {
                    IsInDoubt = true,
                };
            }

            throw;
        }
        finally
        {
            Array.ForEach(old, static pin => pin.Dispose());
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

    private ImmutableArray<ClusterMember> Active()
    {
        Task<bool>[] asked = [.. _members.Select(static member => Libraries.Detached.Start(member.Hsm.IsActive))];
        return [.. _members.Where((_, index) => asked[index].GetAwaiter().GetResult())];
    }

    /// <summary>Runs work on all HSMs concurrently and waits for all of them.</summary>
    /// <returns>The failure of each, or null.</returns>
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

    private static HsmException Combine(ImmutableArray<ClusterMember> members, HsmException?[] failures)
    {
        (HsmToken Token, HsmException Failure)[] failed =
            [.. members.Select((member, index) => (member.Token, failures[index])).Where(static pair => pair.Item2 is not null)!];
        HsmException telling =
            failed.FirstOrDefault(static pair => pair.Failure.Failure != HsmFailure.Unreachable).Failure ?? failed[0].Failure;
        return failed.Length == 1 && members.Length == 1
            ? telling
            : new(
                telling.Failure,
                string.Join(" ", failed.Select(static pair => $"HSM '{pair.Token.TokenLabel}': {pair.Failure.Message.TrimEnd('.')}.")),
                telling)
            {
                Cause = telling.Cause,
            };
    }
}
