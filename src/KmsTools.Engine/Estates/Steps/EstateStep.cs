namespace KmsTools.Estates;

/// <summary>What a change does to the store: one call, or one act that is not a call. Each kind knows how it is performed.</summary>
internal abstract record EstateStep
{
    /// <summary>Rejects what AWS rejects in the request alone, before the first change of a plan is made. Changes nothing.</summary>
    /// <param name="ids">The IDs, with stand-ins for parts that do not exist yet.</param>
    /// <exception cref="KmsException">ValidationException that lists all violations in the wording of AWS.</exception>
    public virtual void Check(EstateIds ids)
    {
    }

    /// <summary>Performs the step.</summary>
    /// <param name="run">The run of the change that it belongs to.</param>
    public abstract void Apply(EstateRun run);
}
