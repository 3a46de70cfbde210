using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Durability;

/// <summary>
/// Changes in a new store, which is closed and opened again in the midst of them. Each is said before it is attempted and after it is
/// answered, for <see cref="DiskLedger"/>.
/// </summary>
internal sealed class DiskWork(string folder, bool syncsEvents, Action<string> say)
{
    private const int Rounds = 3;

    /// <summary>Does all of it. What is refused is left out.</summary>
    public void Run()
    {
        for (int part = 0; part < 2; part++)
        {
            Try("open", () =>
            {
                using KmsEngine engine = DiskLedger.Open(folder);
                if (syncsEvents && Try("sync", () => engine.EventLog.Set(syncsEveryGroup: true, null, null)))
                {
                    say("synced");
                }

                for (int round = 0; round < Rounds; round++)
                {
                    Change(engine, $"{part}{round}");
                }
            });
        }
    }

    private void Change(KmsEngine engine, string name)
    {
        string? keyId = null;
        Attempt("key", $"first-{name}", "CreateKey", () => keyId = engine.Execute(
            new CreateKeyRequest { Description = $"first-{name}" }).KeyMetadata.KeyId);
        if (keyId is null)
        {
            return;
        }

        say($"known {keyId} first-{name}");
        string alias = $"alias/a{name}";
        Attempt($"alias={alias}", keyId, "CreateAlias", () => engine.Execute(
            new CreateAliasRequest { AliasName = alias, TargetKeyId = keyId }));
        Attempt($"description={keyId}", $"second-{name}", "UpdateKeyDescription", () => engine.Execute(
            new UpdateKeyDescriptionRequest { KeyId = keyId, Description = $"second-{name}" }));
        Attempt($"tag={keyId}", $"tag-{name}", "TagResource", () => engine.Execute(
            new TagResourceRequest { KeyId = keyId, Tags = [new Tag { TagKey = "t", TagValue = $"tag-{name}" }] }));
        Try("encrypt", () =>
        {
            byte[] blob = engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = [1, 2, 3] }).CiphertextBlob.ToArray();
            say($"ciphertext {Convert.ToBase64String(blob)} {keyId}");
        });
        Attempt("alias=alias/last", keyId, "UpdateAlias", () => Repoint(engine, keyId));
        if (name.EndsWith('1'))
        {
            Attempt($"state={keyId}", "PendingDeletion", "ScheduleKeyDeletion", () => engine.Execute(
                new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 }));
            Attempt($"alias={alias}", "-", "DeleteAlias", () => engine.Execute(new DeleteAliasRequest { AliasName = alias }));
        }
    }

    private static void Repoint(KmsEngine engine, string keyId)
    {
        try
        {
            engine.Execute(new UpdateAliasRequest { AliasName = "alias/last", TargetKeyId = keyId });
        }
        catch (KmsException exception) when (exception.ErrorCode == "NotFoundException")
        {
            engine.Execute(new CreateAliasRequest { AliasName = "alias/last", TargetKeyId = keyId });
        }
    }

    private void Attempt(string fact, string value, string eventName, Action call)
    {
        say($"try {fact} {value}");
        if (Try(eventName, call))
        {
            say($"done {fact} {value} {eventName}");
        }
    }

    private bool Try(string what, Action call)
    {
        try
        {
            call();
            return true;
        }
        catch (StateStoreException exception) when (exception.Message.Contains(folder, StringComparison.Ordinal))
        {
            say($"refused {what}: {exception.Message.Replace(folder, "STORE", StringComparison.Ordinal)}");
        }
        catch (KmsException exception) when (exception.ErrorCode == "KMSInternalException"
            && exception.Message.Contains(folder, StringComparison.Ordinal))
        {
            say($"refused {what}: {exception.Message.Replace(folder, "STORE", StringComparison.Ordinal)}");
        }
        catch (KmsException exception) when (exception.ErrorCode == "NotFoundException")
        {
            say($"refused {what}: {exception.ErrorCode}");
        }
        catch (Exception exception)
        {
            say($"unclear {what}: {exception}");
        }

        return false;
    }
}
