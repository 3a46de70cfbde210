using System.Collections.Concurrent;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.WebConsole.Keys;

/// <summary>
/// Which keys of a Region a caller may describe, as the engine decides without recording anything. What was decided about a row holds until
/// the row is replaced or principals change, and for a few minutes, because policies may depend on the time. Safe for use by many threads.
/// </summary>
internal sealed class KeyAccess(KmsEngine engine, Caller caller, long settings)
{
    // So many are decided about while a page waits; of more, only those that the page needs.
    private const int MaxWhileWaiting = 2000;

    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<KeyRow, bool> _decisions = new(ReferenceEqualityComparer.Instance);
    private readonly long _begin = Environment.TickCount64;
    private readonly bool _isEnforced = IsEnforced(engine);
    private readonly string _region = caller.Region!.Value;
    private int _isDecidingAll;

    /// <summary>Whether what is known of this caller still holds for a list.</summary>
    public bool IsGood(Caller now, KeyList list) =>
        settings == list.Settings && now.PrincipalArn == caller.PrincipalArn && now.AccessKeyId == caller.AccessKeyId
        && now.SourceIPAddress == caller.SourceIPAddress && now.SecureTransport == caller.SecureTransport
        && Environment.TickCount64 - _begin < s_lifetime.TotalMilliseconds;

    /// <summary>Whether the caller may describe a key, perhaps as it was decided before: for the order and the choice of rows.</summary>
    public bool MayDescribe(KeyRow row) => !_isEnforced || _decisions.GetOrAdd(row, Decide);

    /// <summary>Whether the caller may describe a key, decided now: for what is shown of it.</summary>
    public bool MayDescribeNow(KeyRow row) => _decisions[row] = Decide(row);

    /// <summary>
    /// How many keys of a list the caller may not describe; null while that is not known of all of them, and is being found out. Knows
    /// nothing of filters, so that it tells nothing about what a filter would find.
    /// </summary>
    public int? CountDenied(KeyList list, KeyManagerType manager)
    {
        if (!_isEnforced)
        {
            return 0;
        }

        KeyRow[] rows = [.. list.ById.Where(row => row.Manager == manager)];
        KeyRow[] undecided = [.. rows.Where(row => !_decisions.ContainsKey(row))];
        if (undecided.Length > MaxWhileWaiting)
        {
            DecideInBackground(undecided);
            return null;
        }

        return rows.Count(row => !MayDescribe(row));
    }

    private static bool IsEnforced(KmsEngine engine)
    {
        using IStateReader state = engine.OpenReader();
        return state.ReadAuthorization().Mode == AuthorizationMode.Enforce;
    }

    private void DecideInBackground(KeyRow[] rows)
    {
        if (Interlocked.Exchange(ref _isDecidingAll, 1) != 0)
        {
            return;
        }

        _ = Task.Run(() =>
        {
            try
            {
                foreach (KeyRow row in rows)
                {
                    MayDescribe(row);
                }
            }
            catch (Exception exception) when (exception is StateStoreException or IOException or ObjectDisposedException)
            {
                // The store cannot be read now. A page says so when it needs it.
            }
            finally
            {
                Interlocked.Exchange(ref _isDecidingAll, 0);
            }
        });
    }

    private bool Decide(KeyRow row)
    {
        try
        {
            string arn = KeyIdentifier.KeyArn(_region, engine.Properties.AccountId, row.KeyId);
            return !engine.Preview(new DescribeKeyRequest { KeyId = arn }, caller).IsEmpty;
        }
        catch (KmsException exception) when (exception.ErrorCode is "AccessDeniedException" or "NotFoundException")
        {
            return false;
        }
        catch (StateStoreException exception) when (exception.Damage is not null)
        {
            return false;
        }
    }
}
