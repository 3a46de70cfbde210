using KmsTools.Pkcs11.Tests.Labs;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Labs;

/// <summary>A proxy over a token that fails on demand.</summary>
public sealed class FaultyProxyLab : ProxyLab
{
    /// <summary>The token.</summary>
    public FaultyHsmLab Faulty => (FaultyHsmLab)Hsm;

    /// <summary>Runs a test with other settings of the token, and with faults; both are as before afterwards.</summary>
    public async Task WithAsync(Func<TokenSettings, TokenSettings> change, string[] faults, Func<Task> test)
    {
        // The first calls of a module are made on threads of their own, and are not what is to be tested.
        await Host.ApplyAsync(Settings() with { Tokens = [change(Token())] });
        await TokenFaultTests.EventuallyAsync(
            async () => (await EncryptAsync("foo", [1])).Status == 200, () => string.Join('\n', Log.Notices) + Log.Last);
        for (int i = 0; i < 20; i++)
        {
            (await EncryptAsync("foo", [1])).Ok();
        }

        Faulty.SetFaults(faults);
        try
        {
            await test();
        }
        finally
        {
            Faulty.SetFaults();
            await Host.ApplyAsync(Settings());
        }
    }

    protected override SoftHsmLab MakeHsm() => new FaultyHsmLab();
}
