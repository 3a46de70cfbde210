using KmsTools.Storage.Tables;

namespace KmsTools.Storage;

/// <summary>
/// Keeps what a transaction is about to change, for calls that do not see the change yet. Does nothing in stores without a consistency
/// delay.
/// </summary>
internal sealed class PastRecorder(StateConnection connection, StateView present)
{
    private int? _delay;
    private bool _hasRecorded;

    /// <summary>The time of the changes that follow; null: they are seen at once.</summary>
    public DateTimeOffset? ChangeTime { get; set; }

    private bool IsRecording => ChangeTime is not null && (_delay ??= present.ReadConsistencyDelay()) > 0;

    public void BeforeKey(string region, string keyId)
    {
        if (IsRecording)
        {
            string? json = present.FindKey(region, keyId) is { } key ? PastJson.Write(key) : null;
            Insert(PastKind.Key, region, "", keyId, json);
        }
    }

    /// <summary>Before a key is deleted, and its aliases and grants with it.</summary>
    public void BeforeKeyAndItsItems(string region, string keyId)
    {
        BeforeKey(region, keyId);
        if (!IsRecording)
        {
            return;
        }

        foreach (KeyAlias alias in present.ListAliases(region, keyId, null, int.MaxValue))
        {
            Insert(PastKind.Alias, region, "", alias.AliasName, PastJson.Write(alias));
        }

        foreach (Grant grant in present.ListGrants(region, keyId, null, null, int.MaxValue))
        {
            Insert(PastKind.Grant, region, keyId, grant.GrantId, PastJson.Write(grant));
        }
    }

    public void BeforeAlias(string region, string aliasName)
    {
        if (IsRecording)
        {
            string? json = present.FindAlias(region, aliasName) is { } alias ? PastJson.Write(alias) : null;
            Insert(PastKind.Alias, region, "", aliasName, json);
        }
    }

    public void BeforeGrant(string region, string keyId, string grantId)
    {
        if (IsRecording)
        {
            string? json = present.FindGrant(region, keyId, grantId) is { } grant ? PastJson.Write(grant) : null;
            Insert(PastKind.Grant, region, keyId, grantId, json);
        }
    }

    /// <summary>Forgets what no call needs any more. Before the commit.</summary>
    public void Complete()
    {
        if (_hasRecorded)
        {
            connection.PastValues.DeleteUntil(ChangeTime!.Value.AddSeconds(-_delay!.Value));
        }
    }

    /// <summary>Sets the delay. What calls have seen stays visible to them: a longer delay does not bring the past back.</summary>
    public void SetDelay(int seconds, DateTimeOffset now)
    {
        connection.PastValues.DeleteUntil(
            seconds == 0 ? DateTimeOffset.MaxValue : now.AddSeconds(-present.ReadConsistencyDelay()));
        connection.Store.WriteConsistencyDelay(seconds);
        _delay = seconds;
    }

    private void Insert(PastKind kind, string region, string scope, string name, string? json)
    {
        connection.PastValues.Insert(ChangeTime!.Value, kind, region, scope, name, json);
        _hasRecorded = true;
    }
}
