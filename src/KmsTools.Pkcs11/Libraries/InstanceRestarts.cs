using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Initializes the instances of one library, and finalizes them before where they are initialized. Finds out whether that takes away from
/// other instances what they share with it: the copies of NSS have one random number generator, those of p11-kit the modules behind it.
/// </summary>
/// <param name="others">The logins in all instances but one.</param>
internal sealed class InstanceRestarts(Func<ModuleInstance, IInstanceUser[]> others)
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(500);

    // Found out at the first restart beside other logins.
    private volatile bool _leavesOthersAlone;
    private volatile bool _takesFromOthers;

    /// <summary>C_Initialize, after C_Finalize where the instance is initialized.</summary>
    /// <returns>
    /// What C_Initialize returned; OK when the instance was left as it is, because others would lose what they share, or because its
    /// C_Finalize fails.
    /// </returns>
    public ReturnValue Run(ModuleInstance instance, LibraryReference library)
    {
        if (instance.Settings is null)
        {
            // Nobody else calls a copy: if it is initialized, that is by a C_Initialize whose reply was lost.
            return Initialize(instance, library, instance.Number > 0 ? instance.Refused : null);
        }

        IInstanceUser[] working = _leavesOthersAlone ? [] : [.. others(instance).Where(Answers)];
        if (working.Length > 0 && _takesFromOthers && instance.Settings.Matches(library))
        {
            return ReturnValue.Ok;
        }

        instance.Invalidate();
        bool isFinished = TryFinish(instance);
        IInstanceUser[] harmed = [.. working.Where(static login => !Answers(login))];
        ReturnValue result = Initialize(instance, library, isFinished ? null : instance.Settings);
        _takesFromOthers |= harmed.Length > 0;
        _leavesOthersAlone |= working.Length > 0 && harmed.Length == 0;
        Array.ForEach(harmed, static login => login.Invalidate());
        return result;
    }

    /// <summary>Closes the logins of an instance, if none of them works.</summary>
    /// <returns>False when one works, or a call is in progress in one.</returns>
    public static bool TryVacate(ModuleInstance instance) =>
        Array.TrueForAll(instance.Logins(), static login => !Answers(login) && login.TryVacate(MaxWait));

    // With the settings of a C_Initialize of this code that may be in effect: what it initialized is finalized, or used as it is.
    private static ReturnValue Initialize(ModuleInstance instance, LibraryReference library, InstanceSettings? former)
    {
        ReturnValue result = instance.Native.Initialize(library.Parameters);
        if (former is null || !IsInitializedAlready(result))
        {
            return result;
        }

        bool isFinished = TryFinish(instance);
        result = instance.Native.Initialize(library.Parameters);
        return !isFinished && IsInitializedAlready(result) && former.Matches(library) ? ReturnValue.Ok : result;
    }

    // What is not initialized needs nothing: a library behind it, which others use, may say that it is.
    private static bool TryFinish(ModuleInstance instance)
    {
        ReturnValue result = ReturnValue.Ok;
        instance.Descriptors.Run(() => result = instance.Native.Finish());
        return result.IsOk || result.Code == CKR_CRYPTOKI_NOT_INITIALIZED;
    }

    private static bool IsInitializedAlready(ReturnValue result) => result.Code == CKR_CRYPTOKI_ALREADY_INITIALIZED;

    // A thread that calls a frozen HSM is stuck in it.
    private static bool Answers(IInstanceUser login) =>
        Detached.TryWait(Detached.Start(login.Answers), MaxWait, out bool answers) && answers;
}
