using System.Diagnostics;
using System.Globalization;
using KmsTools.NetworkHsms;

namespace KmsTools.Faults;

/// <summary>
/// Faults of the HSMs of a rack, one after the other while a load runs, chosen by a seed. Every fault ends, and the time that the key
/// store takes to be well again is measured from the moment the HSM is.
/// </summary>
internal sealed class FaultCampaign(NetworkHsmRack rack, Ledger ledger, Load load, string canary, int seed)
{
    private const string RulesName = "rules";
    private const ulong CKR_PIN_INCORRECT = 0xA0;
    private const double MaxSeconds = 2;

    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan GivesUp = TimeSpan.FromMinutes(5);

    // Codes that say that an HSM, or a session with it, is not well. Not CKR_GENERAL_ERROR and CKR_FUNCTION_FAILED: SoftHSM has no
    // other way to say that a ciphertext is forged.
    private static readonly string[] Codes = ["30", "32", "b3", "b0", "e0", "e1", "101", "190", "90"];

    // What a lost reply or a refusal of any of these must not break.
    private static readonly string[] Functions =
    [
        "C_GetSlotList", "C_GetTokenInfo", "C_GetMechanismList", "C_OpenSession", "C_CloseSession", "C_GetSessionInfo", "C_Login", "C_Logout",
        "C_DestroyObject", "C_GetAttributeValue", "C_FindObjectsInit", "C_FindObjects", "C_FindObjectsFinal", "C_EncryptInit", "C_Encrypt",
        "C_DecryptInit", "C_Decrypt", "C_GenerateKey", "C_GenerateRandom", "C_Initialize", "C_Finalize", "C_CreateObject", "C_CopyObject",
        "C_GenerateKeyPair", "C_WrapKey", "C_UnwrapKey",
    ];

    // What is called all the time, so that the fault happens.
    private static readonly string[] Busy
        = ["C_EncryptInit", "C_Encrypt", "C_DecryptInit", "C_Decrypt", "C_GenerateRandom", "C_GenerateKey", "C_FindObjectsInit"];

    private readonly Random _random = new(seed);
    private readonly SortedDictionary<string, int> _steps = new(StringComparer.Ordinal);
    private readonly List<(string Fault, double Seconds)> _recoveries = [];
    private int _passwords;

    /// <summary>How often each kind of fault was made.</summary>
    public IReadOnlyDictionary<string, int> Steps => _steps;

    /// <summary>How long after the HSM was well again the key store was, in seconds.</summary>
    public IReadOnlyList<(string Fault, double Seconds)> Recoveries => _recoveries;

    /// <summary>How often SoftHSM lost its token's own object, which an HSM does not.</summary>
    public int Repairs { get; private set; }

    /// <summary>
    /// Faults that really happened: each outage is one, and of the rules those that met a call, as the modules logged them.
    /// </summary>
    public int Injected { get; private set; }

    /// <summary>Makes one fault of each kind and then others by chance.</summary>
    /// <param name="outages">How many HSMs are lost, one after the other.</param>
    /// <param name="blips">How often calls are refused or their replies lost in between, unless time runs out.</param>
    /// <param name="least">How many faults there must be however long they take.</param>
    /// <param name="most">How long to go on when there are as many.</param>
    public void Run(int outages, int blips, int least, TimeSpan most)
    {
        (string Name, Action<NetworkHsm> Fault)[] kinds =
        [
            ("kill", Kill), ("freeze", Freeze), ("token away", TokenAway), ("token initialised anew", Namesake), ("unplugged", Unplugged),
            ("disk full", DiskFull), ("token read-only", ReadOnly), ("wrong PIN", WrongPin), ("PIN refused", PinRefused), ("no session free", NoSession),
            ("delay", Delay), ("reboot in mid-login", KillTwice),
        ];
        Queue<(string Name, Action<NetworkHsm> Fault)> order = new();
        for (int outage = 0; outage < outages; outage++)
        {
            order.Enqueue(kinds[outage < kinds.Length ? outage : _random.Next(kinds.Length)]);
        }

        long start = Stopwatch.GetTimestamp();
        int rest = blips;
        while ((order.Count > 0 || Injected < least || (rest > 0 && Stopwatch.GetElapsedTime(start) < most))
            && ledger.Violations.Count == 0)
        {
            if (Stopwatch.GetElapsedTime(start) > GivesUp)
            {
                ledger.Violate($"After {GivesUp} only {Injected} faults have happened.");
                return;
            }

            NetworkHsm hsm = rack.Hsms[_random.Next(rack.Hsms.Count)];
            bool isBlip = order.Count == 0 || _random.Next(order.Count + rest) < rest;
            (string name, Action<NetworkHsm> fault) = isBlip ? (RulesName, Rules()) : order.Dequeue();
            rest -= isBlip && rest > 0 ? 1 : 0;
            RequireQuick(name, hsm, () => Make(name, hsm, fault));
            if (_random.Next(8) == 0)
            {
                RequireQuick("deletions", hsm, () => DeleteWhatIsDue(hsm));
            }
        }
    }

    // What stands still for a moment can be the machine: only a fault that is slow to heal each time is.
    private void RequireQuick(string name, NetworkHsm hsm, Func<double> makeAndMeasure)
    {
        const int Tries = 3;
        double[] seconds = new double[Tries];
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            seconds[attempt] = makeAndMeasure();
            if (seconds[attempt] < MaxSeconds)
            {
                return;
            }
        }

        ledger.Violate($"After '{name}' it took "
            + $"{string.Join(", ", seconds.Select(static each => each.ToString("F3", CultureInfo.InvariantCulture)))} seconds until "
            + $"{hsm.Label} was used again.");
    }

    private double Make(string name, NetworkHsm hsm, Action<NetworkHsm> fault)
    {
        _steps[name] = _steps.GetValueOrDefault(name) + 1;
        ledger.Step = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, step {_steps.Values.Sum()}: {name} at {hsm.Label}");
        ledger.Now = ledger.Now with { IsFaulty = true, Faults = ledger.Now.Faults + 1 };
        int before = FaultsOf(hsm);
        fault(hsm);
        long well = Stopwatch.GetTimestamp();
        hsm.SetFaults();
        Injected += name == RulesName ? FaultsOf(hsm) - before : 1;
        double seconds = WaitUntilWell(hsm, name, well);
        ledger.Now = ledger.Now with { IsFaulty = false };
        return seconds;
    }

    private static int FaultsOf(NetworkHsm hsm) => hsm.Log().Count(static line => !line.StartsWith("login ", StringComparison.Ordinal));

    // What falls due destroys objects while the HSM loses its replies to that.
    private double DeleteWhatIsDue(NetworkHsm hsm)
    {
        double seconds = 0;
        load.Pause(() =>
        {
            ledger.Now = ledger.Now with { IsFaulty = true, Faults = ledger.Now.Faults + 1 };
            ledger.Step = $"seed {seed}, after step {_steps.Values.Sum()}: deletions at {hsm.Label}";
            hsm.SetFaults($"{Before()} C_DestroyObject {Code()} {_random.Next(1, 4)}", $"{Before()} C_FindObjects {Code()} 1");
            rack.Kms.StepDays(8);
            hsm.SetFaults();
            seconds = WaitUntilWell(hsm, "deletions", Stopwatch.GetTimestamp());
            ledger.Now = ledger.Now with { IsFaulty = false };
        });
        return seconds;
    }

    private double WaitUntilWell(NetworkHsm hsm, string name, long since)
    {
        Stopwatch given = Stopwatch.StartNew();
        while (!IsWell(hsm))
        {
            if (given.Elapsed > MaxPatience)
            {
                ledger.Violate(
                    $"{hsm.Label} is well again after '{name}', and after "
                        + $"{MaxPatience.TotalSeconds} seconds the key store does not use it.");
                break;
            }

            Thread.Sleep(2);
        }

        double seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        _recoveries.Add((name, seconds));
        return seconds;
    }

    // An HSM is used again when it has done an encryption since.
    private bool IsWell(NetworkHsm hsm)
    {
        const int C_Encrypt = 30;
        long before = hsm.Calls(C_Encrypt);
        return ledger.TryEncrypt(canary) && (rack.Hsms.Count == 1 || hsm.Calls(C_Encrypt) > before);
    }

    private void Kill(NetworkHsm hsm)
    {
        hsm.Kill();
        Wait(0, 300);
        Restart(hsm);
    }

    private void KillTwice(NetworkHsm hsm)
    {
        Kill(hsm);
        Wait(0, 30);
        Kill(hsm);
    }

    private void Restart(NetworkHsm hsm)
    {
        Repairs += hsm.RepairToken() ? 1 : 0;
        hsm.Start();
    }

    private void Freeze(NetworkHsm hsm)
    {
        hsm.Freeze();
        Wait(50, 900);
        hsm.Unfreeze();
    }

    private void TokenAway(NetworkHsm hsm)
    {
        hsm.RemoveToken();
        Wait(20, 300);
        hsm.RestoreToken();
        Repairs += hsm.RepairToken() ? 1 : 0;
    }

    private void Namesake(NetworkHsm hsm)
    {
        hsm.RemoveToken();
        hsm.MakeNamesake();
        Wait(20, 200);
        hsm.RestoreToken();
        Repairs += hsm.RepairToken() ? 1 : 0;
    }

    private void Unplugged(NetworkHsm hsm)
    {
        hsm.SetFaults($"before * {_random.GetItems(["30", "32", "e0", "5"], 1)[0]} -1");
        Wait(50, 300);
    }

    private void DiskFull(NetworkHsm hsm)
    {
        if (!hsm.HasOwnDisk)
        {
            hsm.SetFaults("before C_GenerateKey 6 -1", "before C_CreateObject 31 -1", "before C_UnwrapKey 31 -1");
            Wait(50, 300);
            return;
        }

        hsm.FillDisk();
        Wait(50, 300);
        hsm.EmptyDisk();
        Repairs += hsm.RepairToken() ? 1 : 0;
    }

    private void ReadOnly(NetworkHsm hsm)
    {
        bool isReadOnly = false;
        for (int attempt = 0; hsm.HasOwnDisk && !isReadOnly && attempt < 20; attempt++)
        {
            isReadOnly = hsm.TryMakeReadOnly();
        }

        if (!isReadOnly)
        {
            hsm.SetFaults(
                "before C_GenerateKey e2 -1",
                "before C_DestroyObject e2 -1",
                "before C_UnwrapKey e2 -1",
                "before C_CreateObject e2 -1");
        }

        Wait(50, 300);
        if (isReadOnly)
        {
            hsm.MakeWritable();
        }
    }

    // The officer changes the PIN, and the HSM reboots: the old PIN is refused, once, until KMS is told the new one.
    private void WrongPin(NetworkHsm hsm)
    {
        string password = $"user-{++_passwords + 1000}";
        foreach (NetworkHsm each in rack.Hsms)
        {
            each.SetUserPin(password);
        }

        hsm.Kill();
        Restart(hsm);
        RequireOneRefusal(hsm);
        TellPassword(password);
    }

    private void PinRefused(NetworkHsm hsm)
    {
        hsm.SetFaults("before C_EncryptInit b3 4", "before C_DecryptInit b3 4", "before C_GetSessionInfo b3 4", "before C_Login a0 1");
        RequireOneRefusal(hsm);
        hsm.SetFaults();
        TellPassword(_passwords == 0 ? NetworkHsm.UserPin : $"user-{_passwords + 1000}");
    }

    private void RequireOneRefusal(NetworkHsm hsm)
    {
        int logins = LoginsAfterRefusal(hsm);
        Stopwatch given = Stopwatch.StartNew();
        while (logins < 0 && given.Elapsed < MaxPatience)
        {
            ledger.TryEncrypt(canary);
            logins = LoginsAfterRefusal(hsm);
        }

        if (logins < 0)
        {
            ledger.Violate("Nobody logged in again.");
        }

        Wait(50, 150);
        if (LoginsAfterRefusal(hsm) > 0)
        {
            ledger.Violate($"A refused PIN was offered again: {string.Join("; ", hsm.Log().TakeLast(5))}");
        }
    }

    // -1: the last PIN that was offered was not refused, and no refusal came before it since the store was told a new one.
    private int LoginsAfterRefusal(NetworkHsm hsm)
    {
        string[] logins = [.. hsm.Log().Skip(_toldAt.GetValueOrDefault(hsm))
            .Where(static line => line.StartsWith("login ", StringComparison.Ordinal))];
        int refused = Array.FindIndex(logins, static line => line.StartsWith($"login {CKR_PIN_INCORRECT:x} ", StringComparison.Ordinal));
        return refused < 0 ? -1 : logins.Length - refused - 1;
    }

    private readonly Dictionary<NetworkHsm, int> _toldAt = [];

    private void TellPassword(string password)
    {
        ledger.Now = ledger.Now with { IsDisconnected = true, Disconnects = ledger.Now.Disconnects + 1 };
        rack.Disconnect();
        rack.UpdatePassword(password);
        foreach (NetworkHsm hsm in rack.Hsms)
        {
            _toldAt[hsm] = hsm.Log().Count;
        }

        rack.Connect();
        ledger.Now = ledger.Now with { IsDisconnected = false };
        if (rack.Store.ConnectionState != ConnectionStateType.CONNECTED)
        {
            ledger.Violate($"The store does not connect with the new password: {rack.Store.ConnectionErrorCode}");
        }
    }

    private void NoSession(NetworkHsm hsm)
    {
        hsm.SetFaults("before C_OpenSession b1 -1", "before C_EncryptInit 31 2", "before C_DecryptInit 2 2");
        Wait(20, 150);
    }

    private void Delay(NetworkHsm hsm)
    {
        hsm.SetFaults($"delay * {_random.Next(5, 40)} 50");
        Wait(20, 200);
    }

    private Action<NetworkHsm> Rules()
    {
        List<string> rules = [$"{Before()} {_random.GetItems(Busy, 1)[0]} {Code()} {_random.Next(1, 4)}"];
        while (rules.Count < 3)
        {
            rules.Add($"{Before()} {_random.GetItems(Functions, 1)[0]} {Code()} {_random.Next(1, 3)}");
        }

        return hsm =>
        {
            ledger.Step += $" ({string.Join(", ", rules)})";
            hsm.SetFaults([.. rules]);
            Wait(10, 40);
        };
    }

    private string Before() => _random.Next(2) == 0 ? "before" : "after";

    private string Code() => _random.GetItems(Codes, 1)[0];

    private void Wait(int least, int most) => Thread.Sleep(_random.Next(least, most));
}
