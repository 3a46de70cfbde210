using System.Diagnostics;
using KmsTools.NetworkHsms;
using KmsTools.Operations;

namespace KmsTools.Faults;

/// <summary>HSMs lock a user who offers a wrong password a few times: KMS offers one once, over all its processes.</summary>
[Collection("SoftHSM")]
public sealed class RefusedPasswordTests : IDisposable
{
    private const int Processes = 6;

    // Of this process and of the others.
    private const int Expected = 1 + Processes;

    private readonly NetworkHsmRack _rack = new(1, timeout: 10_000);

    public void Dispose() => _rack.Dispose();

    [Fact]
    public async Task Login_PasswordChangedUnderSixProcesses_IsRefusedOnceAndNotTriedAgain()
    {
        NetworkHsm hsm = _rack.Hsms[0];
        _rack.Connected();
        Process[] children = [.. Enumerable.Range(0, Processes)
            .Select(_ => CallingProcess.Start(_rack.Kms.Folder, _rack.StoreId, seconds: 8))];
        Task<string>[] outputs = [.. children.Select(child => child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken))];

        // All of them and this process are logged in.
        DateTime limit = DateTime.UtcNow.AddSeconds(60);
        while (Logins(hsm).Length < Expected && DateTime.UtcNow < limit)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.True(Logins(hsm).Length >= Expected, "Not every process logged in.");
        hsm.SetUserPin("changed-1234");
        hsm.Kill();
        hsm.RepairToken();
        hsm.Start();
        await Task.WhenAll(outputs);
        Array.ForEach(children, static child => child.Dispose());

        Assert.Single(Logins(hsm), static line => line.StartsWith("login a0 ", StringComparison.Ordinal));
        Assert.StartsWith("login a0 ", Logins(hsm)[^1], StringComparison.Ordinal);
        _rack.Disconnect();
        _rack.UpdatePassword("changed-1234");
        _rack.Connected();
        Assert.NotNull(_rack.Kms.Call(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = _rack.StoreId }).KeyMetadata);
    }

    private static string[] Logins(NetworkHsm hsm) =>
        [.. hsm.Log().Where(static line => line.StartsWith("login ", StringComparison.Ordinal))];
}
